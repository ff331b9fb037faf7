package io.penstock.load;

import java.util.List;

/// Some samples of some tensors, each tensor in one contiguous segment. A lease: whoever holds the
/// batch closes it, and segments taken from it are valid until then. Use by one thread at a time.
public interface Batch extends AutoCloseable {
  /// Samples in this batch, repeats and masked ones included.
  int samples();

  /// The epoch it belongs to, from 0.
  long epoch();

  /// Its index in the epoch, from 0; the same for all ranks. Where batches follow from sizes, with
  /// [RaggedMode.MaxBytes] and [RaggedMode.Pack], this is the number of samples of the epoch before
  /// it, over all ranks: counting batches would take reading the sizes of all samples.
  long index();

  /// Sample ids, in batch order; a new array.
  long[] sampleIds();

  /// For each sample whether it counts: false for the repeats of [Remainder#PAD] and for damaged
  /// samples under [OnBadSample#MASK]. A new array.
  boolean[] mask();

  /// For each sample which stream of a mix it comes from, as the streams were added to the mix,
  /// from 0; zeros without a mix. Sample ids are those of the stream's dataset. A new array.
  int[] streams();

  /// The names of its tensors, in the order in which the loader was asked for them.
  List<String> tensors();

  /// One tensor's part. Throws `TENSOR_NOT_FOUND` for another name, and after close.
  TensorBatch tensor(String name);

  /// Another lease on the same samples, to hand on: with an owner and a life of its own, who closes
  /// it. The memory goes back when all leases on it are closed. Throws after close.
  Batch retain();

  /// Whether this lease was closed. Any thread may ask.
  boolean closed();

  /// Lets go of the memory; a batch that is dropped without it is reported in the log. Idempotent.
  @Override
  void close();
}
