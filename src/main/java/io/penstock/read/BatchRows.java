package io.penstock.read;

import java.util.Arrays;

/// What one batch of this rank is made of. The array is never changed.
final class BatchRows {
  private final long epoch;
  private final long index;
  private final long[] rows;
  private final int valid;
  private final long samplesAfter;
  private final int[] streams;

  /// @param epoch of the batch
  /// @param index of it in the epoch
  /// @param rows of the version, in the order of the batch; taken over
  /// @param valid how many of them count, from the first; the others are repeats
  /// @param samplesAfter how many samples of the epoch are delivered with it, over all ranks
  BatchRows(long epoch, long index, long[] rows, int valid, long samplesAfter) {
    this(epoch, index, rows, valid, samplesAfter, new int[0]);
  }

  /// The same of a mix.
  ///
  /// @param streams which version each row is of; taken over
  BatchRows(long epoch, long index, long[] rows, int valid, long samplesAfter, int[] streams) {
    this.epoch = epoch;
    this.index = index;
    this.rows = rows;
    this.valid = valid;
    this.samplesAfter = samplesAfter;
    this.streams = streams;
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

  /// Which version of a mix each row is of, a new array; zeros without a mix.
  int[] streams() {
    return Arrays.copyOf(streams, rows.length);
  }
}
