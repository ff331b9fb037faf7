package io.penstock.s3;

import java.time.Duration;
import java.util.OptionalLong;

/// When a body that comes slowly is left what is near, and a second request fetches what is far
/// into the same slot: half of what is missing or more, so that both are ready at the same time.
final class TailSteal {
  // Below this a second request takes longer than it saves.
  private static final long LEAST_STOLEN_BYTES = 16L << 10;
  private static final Duration LEAST_GAIN = Duration.ofMillis(200);
  // Before this the rate of a body is not known: connections begin slowly.
  private static final Duration LEAST_IN_BODY = Duration.ofMillis(100);
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
    long missing = rangeBytes - received;
    double speed = received * 1e9 / Math.max(1, nanosInBody);
    double share = Math.max(0.5, usualBytesPerSecond / (usualBytesPerSecond + speed));
    long stolen = Math.min(missing - 1, (long) (missing * share));
    if (stolen < LEAST_STOLEN_BYTES || nanosInBody < LEAST_IN_BODY.toNanos()) {
      return OptionalLong.empty();
    }
    double left = missing * 1e9 / Math.max(1, speed);
    double helped = usualFirstByteNanos + stolen * 1e9 / usualBytesPerSecond;
    return left > CLEARLY_SLOWER * helped && left > LEAST_GAIN.toNanos()
        ? OptionalLong.of(rangeBytes - stolen)
        : OptionalLong.empty();
  }
}
