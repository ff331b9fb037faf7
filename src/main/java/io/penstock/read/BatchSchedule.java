package io.penstock.read;

import io.penstock.load.LoaderState;

/// The batches of one rank: which rows each of them holds. Follows from the options and the version
/// alone, never from time. One thread at a time.
interface BatchSchedule extends BatchSource {
  /// Batches of an epoch.
  long batches();

  /// The most batches from one use of a group of samples to the next within one pass over the
  /// group: a group that was not used for longer is not met again soon.
  long gapBatches();

  /// The most batches, first and last included, over which one pass over a group extends.
  ///
  /// @param groupSamples rows of the group
  long spanBatches(long groupSamples);

  /// The state before a batch.
  LoaderState state(long epoch, long index);

  /// The batch before which a state of this schedule stands.
  ///
  /// @throws io.penstock.error.RefusedException if the state is of another one
  long index(LoaderState state);
}
