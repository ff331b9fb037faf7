package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatencyHistogramTest {
  private final LatencyHistogram histogram = new LatencyHistogram();

  @Test
  void thereIsNoPercentileOfNothing() {
    assertThat(histogram.percentile(0.5)).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1024, 1025, 4095, 4096, 1_000_000, 35_123_456, 5_000_000_000L})
  void aTimeIsWithinItsBucket(long nanos) {
    histogram.add(nanos);

    long found = histogram.percentile(0.99).toNanos();

    assertThat(found).isBetween(nanos, nanos + nanos / 14);
  }

  @Test
  void percentilesAreThoseOfTheSortedTimes_whateverTheyAre() {
    long seed = new Random().nextLong();
    System.out.println("LatencyHistogramTest seed " + seed);
    Random random = new Random(seed);
    long[] times = new long[10_000];
    for (int i = 0; i < times.length; i++) {
      times[i] = (long) (30e6 * Math.exp(random.nextGaussian()));
      histogram.add(times[i]);
    }
    Arrays.sort(times);

    for (double share : new double[] {0.01, 0.5, 0.9, 0.99, 1}) {
      long exact = times[(int) Math.ceil(share * times.length) - 1];
      assertThat(histogram.percentile(share).toNanos())
          .as("%s", share)
          .isBetween(exact, exact + exact / 14);
    }
  }

  @Test
  void whatIsOutOfRangeGoesToTheEnds() {
    histogram.add(-5);
    histogram.add(0);
    histogram.add(Long.MAX_VALUE);

    assertThat(histogram.percentile(0.6)).isLessThan(Duration.ofNanos(1100));
    assertThat(histogram.percentile(1)).isGreaterThan(Duration.ofMinutes(10));
  }
}
