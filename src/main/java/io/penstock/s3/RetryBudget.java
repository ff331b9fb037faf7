package io.penstock.s3;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How often and after what pause requests of one bucket are sent again. Confined to whoever holds
/// the line's lock.
final class RetryBudget {
  // A bucket of tokens, so that a service in trouble gets no second flood: what succeeds pays for
  // what is repeated. Empty, it lets two retries pass in a second. The figures are those that the
  // SDKs of Amazon found, and a trickle by time, so that nothing waits for ever.
  private static final double FULL = 500;
  private static final double COST = 5;
  private static final double A_SUCCESS = 1;
  private static final double A_SECOND = 10;
  private static final int SLOWER_WHEN_THROTTLED = 10;
  private static final int MOST_DOUBLINGS = 30;

  private final Duration firstDelay;
  private final Duration longestDelay;
  private final RandomGenerator random;
  private double tokens = FULL;
  private long filled;

  /// @param firstDelay limit of the first pause
  /// @param longestDelay limit of every pause
  RetryBudget(Duration firstDelay, Duration longestDelay, RandomGenerator random, long now) {
    this.firstDelay = firstDelay;
    this.longestDelay = longestDelay;
    this.random = random;
    this.filled = now;
  }

  /// A request has succeeded.
  void succeeded() {
    tokens = Math.min(FULL, tokens + A_SUCCESS);
  }

  /// Takes what a retry costs, or returns false: not now.
  boolean take(long now) {
    tokens = Math.min(FULL, tokens + (now - filled) * 1e-9 * A_SECOND);
    filled = now;
    if (tokens < COST) {
      return false;
    }
    tokens -= COST;
    return true;
  }

  /// How long to wait before a request is sent again: a random time, so that many do not come back
  /// at once, below a limit that doubles.
  ///
  /// @param failures so far, 1 or more
  /// @param throttled whether the service asked for fewer requests: the limits are ten times as
  ///   long, up to the same longest one
  long pauseNanos(int failures, boolean throttled) {
    double first = (double) firstDelay.toNanos() * (throttled ? SLOWER_WHEN_THROTTLED : 1);
    double doubled = first * Math.pow(2, Math.min(failures - 1, MOST_DOUBLINGS));
    return (long) (random.nextDouble() * Math.min(doubled, (double) longestDelay.toNanos()));
  }
}
