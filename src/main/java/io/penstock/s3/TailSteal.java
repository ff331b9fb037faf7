package io.penstock.s3;

import java.time.Duration;
import java.util.OptionalLong;

/// When a body that comes slowly is left its nearer half, and a second request fetches the farther
/// one into the same slot.
final class TailSteal {
  // Below this a second request takes longer than it saves.
  private static final long LEAST_STOLEN_BYTES = 256L << 10;
  private static final Duration LEAST_GAIN = Duration.ofMillis(200);
  private static final double CLEARLY_SLOWER = 3;

  private TailSteal() {}

  /// Where the body shall end, counted from the start of its range; empty: it is left alone.
  ///
  /// @param rangeBytes that were asked for
  /// @param received those that have come
  /// @param nanosInBody since the first of them
  /// @param usualFirstByteNanos what a second request waits for its first byte
  /// @param usualBytesPerSecond how fast bodies come
  static OptionalLong end(
      long rangeBytes,
      long received,
      long nanosInBody,
      long usualFirstByteNanos,
      long usualBytesPerSecond) {
    long stolen = (rangeBytes - received) / 2;
    if (stolen < LEAST_STOLEN_BYTES || nanosInBody < LEAST_GAIN.toNanos()) {
      return OptionalLong.empty();
    }
    double left = (double) (rangeBytes - received) * nanosInBody / Math.max(1, received);
    double helped = usualFirstByteNanos + stolen * 1e9 / usualBytesPerSecond;
    return left > CLEARLY_SLOWER * helped && left > LEAST_GAIN.toNanos()
        ? OptionalLong.of(rangeBytes - stolen)
        : OptionalLong.empty();
  }
}
