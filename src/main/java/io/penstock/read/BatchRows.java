package io.penstock.read;

import java.util.Arrays;

/// What one batch of this rank is made of. The arrays are never changed.
final class BatchRows {
  private static final int[] NONE = {};

  private final long epoch;
  private final long index;
  private final long next;
  private final long[] rows;
  private final int valid;
  private final int[] streams;
  private final int[] rowEnds;

  private BatchRows(
      long epoch, long index, long next, long[] rows, int valid, int[] streams, int[] rowEnds) {
    this.epoch = epoch;
    this.index = index;
    this.next = next;
    this.rows = rows;
    this.valid = valid;
    this.streams = streams;
    this.rowEnds = rowEnds;
  }

  /// One of batches that are counted one by one.
  ///
  /// @param epoch of the batch
  /// @param index of it in the epoch
  /// @param rows of the version, in the order of the batch; taken over
  /// @param valid how many of them count, from the first; the others are repeats
  static BatchRows counted(long epoch, long index, long[] rows, int valid) {
    return new BatchRows(epoch, index, index + 1, rows, valid, NONE, NONE);
  }

  /// The same of a mix; all count.
  ///
  /// @param streams which version each row is of; taken over
  static BatchRows mixed(long epoch, long index, long[] rows, int[] streams) {
    return new BatchRows(epoch, index, index + 1, rows, rows.length, streams, NONE);
  }

  /// One that was gathered anew; all rows count.
  ///
  /// @param next index of the batch behind it
  /// @param rowEnds where each row of samples ends among the rows of the version; taken over
  static BatchRows gathered(long epoch, long index, long next, long[] rows, int[] rowEnds) {
    return new BatchRows(epoch, index, next, rows, rows.length, NONE, rowEnds);
  }

  /// One whose rows cannot be known.
  ///
  /// @param next index of the batch behind it
  static BatchRows unknown(long epoch, long index, long next) {
    return new BatchRows(epoch, index, next, new long[0], 0, NONE, NONE);
  }

  long epoch() {
    return epoch;
  }

  long index() {
    return index;
  }

  /// Index of the batch behind it.
  long next() {
    return next;
  }

  /// Rows of the version; not a copy.
  long[] rows() {
    return rows;
  }

  /// How many of the rows count; the others, behind them or among them, are repeats.
  int valid() {
    return valid;
  }

  /// Which version of a mix each row is of, a new array; zeros without a mix.
  int[] streams() {
    return Arrays.copyOf(streams, rows.length);
  }

  /// Where samples that are packed come to the end of a row; empty if they were not gathered. Not a
  /// copy.
  int[] rowEnds() {
    return rowEnds;
  }
}
