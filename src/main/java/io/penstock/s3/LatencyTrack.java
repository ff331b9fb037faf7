package io.penstock.s3;

import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;

/// How long answers of late took to begin, by the size of what was asked for, and how fast they
/// went on. Confined to whoever holds the line's lock.
final class LatencyTrack {
  private static final int CLASSES = 4;
  private static final long[] CLASS_ENDS = {64L << 10, 1L << 20, 8L << 20};
  private static final Duration LEAST_HEDGE_DELAY = Duration.ofMillis(200);
  private static final double HEDGE_FACTOR = 1.5;

  private final Recent[] firstBytes = new Recent[CLASSES];
  private final Recent allFirstBytes = new Recent();
  private final Recent speeds = new Recent();

  LatencyTrack() {
    Arrays.setAll(firstBytes, _ -> new Recent());
  }

  /// An answer began, or was given up, so long after its request was sent.
  void began(long rangeBytes, long nanos) {
    firstBytes[sizeClass(rangeBytes)].add(nanos);
    allFirstBytes.add(nanos);
  }

  /// A body came at such a rate.
  void came(long bytes, long nanos) {
    if (nanos > 0) {
      speeds.add((long) (bytes * 1e9 / nanos));
    }
  }

  /// After how long without an answer a request is slow beyond what is usual; empty while too
  /// little is known.
  OptionalLong hedgeDelayNanos(long rangeBytes) {
    OptionalLong p95 = firstBytes[sizeClass(rangeBytes)].quantile(0.95);
    return p95.isEmpty()
        ? p95
        : OptionalLong.of(
            Math.max(LEAST_HEDGE_DELAY.toNanos(), (long) (HEDGE_FACTOR * p95.getAsLong())));
  }

  /// How long half of all answers, of any size, took at most to begin.
  OptionalLong usualFirstByteNanos() {
    return allFirstBytes.quantile(0.5);
  }

  /// The rate, in bytes a second, that half of all bodies reached.
  OptionalLong usualBytesPerSecond() {
    return speeds.quantile(0.5);
  }

  private static int sizeClass(long rangeBytes) {
    int found = 0;
    while (found < CLASS_ENDS.length && rangeBytes > CLASS_ENDS[found]) {
      found++;
    }
    return found;
  }

  /// The last numbers of a series.
  private static final class Recent {
    // Long enough for a p95 that one outlier does not move, short enough to forget in seconds.
    private static final int KEPT = 256;
    private static final int ENOUGH = 20;
    private static final int SORT_EVERY = 16;

    private final long[] kept = new long[KEPT];
    private long added;
    private long[] sorted = {};
    private long addedWhenSorted;

    void add(long number) {
      kept[(int) (added++ % KEPT)] = number;
    }

    OptionalLong quantile(double share) {
      if (added < ENOUGH) {
        return OptionalLong.empty();
      }
      if (sorted.length == 0 || added - addedWhenSorted >= SORT_EVERY) {
        sorted = Arrays.copyOf(kept, (int) Math.min(added, KEPT));
        Arrays.sort(sorted);
        addedWhenSorted = added;
      }
      return OptionalLong.of(sorted[(int) Math.ceil(share * sorted.length) - 1]);
    }
  }
}
