package io.penstock.testing.s3;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How fast a service answers.
///
/// @param firstBytes when answers begin
/// @param bytesPerSecond how fast the body of one answer comes; 0: as fast as can be
public record Pace(FirstBytes firstBytes, long bytesPerSecond) {
  /// As fast as can be.
  public static final Pace UNLIMITED = new Pace(FirstBytes.AT_ONCE, 0);

  /// An object store on a good day: first bytes after 30 ms (median; one in a hundred after 200,
  /// one in a thousand after 5 s), 60 MB/s a request.
  public static final Pace OBJECT_STORE =
      new Pace(
          new FirstBytes(
              Duration.ofMillis(30), Duration.ofMillis(200), 0.001, Duration.ofSeconds(5)),
          60_000_000);

  /// When answers begin: log-normal, and some much later.
  ///
  /// @param median half of all begin before
  /// @param p99 ninety-nine of a hundred begin before
  /// @param lateShare the share of those that begin at `late` instead
  /// @param late when these begin
  public record FirstBytes(Duration median, Duration p99, double lateShare, Duration late) {
    /// All begin at once.
    public static final FirstBytes AT_ONCE =
        new FirstBytes(Duration.ZERO, Duration.ZERO, 0, Duration.ZERO);

    private static final double NORMAL_P99 = 2.3263;

    /// All begin after the same time.
    public static FirstBytes after(Duration time) {
      return new FirstBytes(time, time, 0, time);
    }

    /// The time of one answer.
    public Duration next(RandomGenerator random) {
      if (random.nextDouble() < lateShare) {
        return late;
      }
      if (!median.isPositive()) {
        return Duration.ZERO;
      }
      double spread = Math.log((double) p99.toNanos() / median.toNanos()) / NORMAL_P99;
      return Duration.ofNanos((long) (median.toNanos() * Math.exp(spread * random.nextGaussian())));
    }
  }

  /// The same with every time longer and the rate lower by a factor.
  public Pace slower(double factor) {
    return new Pace(
        new FirstBytes(
            times(firstBytes.median(), factor),
            times(firstBytes.p99(), factor),
            firstBytes.lateShare(),
            times(firstBytes.late(), factor)),
        bytesPerSecond == 0 ? 0 : Math.max(1, (long) (bytesPerSecond / factor)));
  }

  private static Duration times(Duration time, double factor) {
    return Duration.ofNanos((long) (time.toNanos() * factor));
  }
}
