package io.penstock.bench;

/// How long a consumer waited for its batches, counted in classes that are 4.4 % wide. Memory does
/// not grow. One thread.
final class WaitTimes {
  private static final int CLASSES_OF_OCTAVE = 16;

  private final long[] counts = new long[64 * CLASSES_OF_OCTAVE];
  private long all;

  void add(long nanos) {
    double octaves = Math.log((double) Math.max(1, nanos)) / Math.log(2);
    counts[(int) (octaves * CLASSES_OF_OCTAVE)]++;
    all++;
  }

  /// The middle one, in milliseconds; 0 without any.
  double medianMillis() {
    long below = 0;
    for (int i = 0; i < counts.length; i++) {
      below += counts[i];
      if (below * 2 > all) {
        return Math.pow(2, (i + 0.5) / CLASSES_OF_OCTAVE) / 1e6;
      }
    }
    return 0;
  }
}
