package io.penstock.read;

/// What one batch of this rank is made of. The array is never changed.
final class BatchRows {
  private final long epoch;
  private final long index;
  private final long[] rows;
  private final int valid;
  private final long samplesAfter;

  /// @param epoch of the batch
  /// @param index of it in the epoch
  /// @param rows of the version, in the order of the batch; taken over
  /// @param valid how many of them count, from the first; the others are repeats
  /// @param samplesAfter how many samples of the epoch are delivered with it, over all ranks
  BatchRows(long epoch, long index, long[] rows, int valid, long samplesAfter) {
    this.epoch = epoch;
    this.index = index;
    this.rows = rows;
    this.valid = valid;
    this.samplesAfter = samplesAfter;
  }

  long epoch() {
    return epoch;
  }

  long index() {
    return index;
  }

  /// Rows of the version; not a copy.
  long[] rows() {
    return rows;
  }

  /// How many of the rows count; the others, behind them or among them, are repeats.
  int valid() {
    return valid;
  }

  long samplesAfter() {
    return samplesAfter;
  }
}
