package io.penstock.read;

import io.penstock.format.VersionContent;
import io.penstock.load.LoaderState;
import java.util.List;

/// The batches of one rank: where in an epoch they are. Follows from the options and the version
/// alone, never from time. One thread at a time.
interface BatchSchedule {
  /// Whether batches have the numbers 0, 1, 2 …: else how many there are follows from sizes that
  /// have to be read, and the index of a batch is the number of samples before it.
  default boolean counted() {
    return true;
  }

  /// The index behind the last batch of an epoch.
  default long end() {
    return batches();
  }

  /// Batches of an epoch; reckoned where they are not [#counted].
  long batches();

  /// What a usual batch and the largest one have.
  Samples samples();

  /// Samples of batches of this rank.
  ///
  /// @param usual of most of them, 1 or more
  /// @param most of any of them
  record Samples(long usual, long most) {}

  /// The most batches from one use of a group of samples to the next within one pass over the
  /// group: a group that was not used for longer is not met again soon.
  long gapBatches();

  /// The most batches, first and last included, over which one pass over a group extends.
  ///
  /// @param groupSamples rows of the group
  long spanBatches(long groupSamples);

  /// What says which rows the batches hold.
  ///
  /// @param columns that are read
  /// @param tables of the ragged ones, by their numbers
  BatchSource source(VersionContent content, List<Column> columns, RaggedRows[] tables);

  /// The state before a batch.
  LoaderState state(long epoch, long index);

  /// The batch before which a state of this schedule stands.
  ///
  /// @throws io.penstock.error.RefusedException if the state is of another one
  long index(LoaderState state);
}
