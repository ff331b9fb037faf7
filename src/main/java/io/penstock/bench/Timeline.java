package io.penstock.bench;

import java.util.ArrayList;
import java.util.List;

/// The course of an epoch in at most 240 slices of equally many batches; only the last may have
/// fewer. Memory does not grow with the epoch. One thread.
final class Timeline {
  private static final int MOST_SLICES = 240;

  private final List<EpochResult.Slice> slices = new ArrayList<>();
  private long batchesOfSlice = 1;
  private long batchesOfLast;

  /// One more batch.
  ///
  /// @param untilNanos when the consumer had finished it, since the beginning of the epoch
  /// @param samples of the batch
  /// @param waitNanos how long the consumer had waited for it
  void add(long untilNanos, long samples, long waitNanos) {
    EpochResult.Slice one = new EpochResult.Slice(untilNanos / 1e9, samples, waitNanos / 1e6);
    if (batchesOfLast > 0 && batchesOfLast < batchesOfSlice) {
      slices.add(joined(slices.removeLast(), one));
      batchesOfLast++;
      return;
    }
    if (slices.size() == MOST_SLICES) {
      halve();
    }
    slices.add(one);
    batchesOfLast = 1;
  }

  private void halve() {
    for (int i = 0; i < MOST_SLICES / 2; i++) {
      slices.set(i, joined(slices.get(2 * i), slices.get(2 * i + 1)));
    }
    slices.subList(MOST_SLICES / 2, MOST_SLICES).clear();
    batchesOfSlice *= 2;
  }

  private static EpochResult.Slice joined(EpochResult.Slice first, EpochResult.Slice second) {
    return new EpochResult.Slice(
        second.untilSeconds(),
        first.samples() + second.samples(),
        Math.max(first.longestWaitMillis(), second.longestWaitMillis()));
  }

  List<EpochResult.Slice> slices() {
    return List.copyOf(slices);
  }
}
