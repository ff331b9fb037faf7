package io.penstock.load;

/// What a loader does to each sample of a tensor before it hands the batch over. The hooks of a
/// tensor run one after the other, in the order in which they were given.
///
/// *Threads*: hooks run on the threads that decode chunks, several samples at a time; one instance
/// serves all of them, so it keeps no state between calls, or guards it. A hook does not wait: for
/// no lock that is held for long, no store, and nothing that the same threads would have to do.
///
/// *Results* must follow from the sample and the [SampleRandom] alone; then batches are the same
/// whatever the number of threads and ranks.
///
/// *Failures*: an [java.io.IOException] or a [io.penstock.error.CorruptDataException] says that
/// this sample is damaged, and [OnBadSample] decides what becomes of it. Anything else is taken for
/// a mistake in the hook, and fails the batch in any case. Both name the sample and the tensor.
///
/// *Memory* that a hook is given belongs to the loader and is valid during the call only.
public sealed interface SampleHook permits SampleTransform, SampleEdit {}
