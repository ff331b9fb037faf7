package io.penstock.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import org.junit.jupiter.api.Test;

/// The median of waits is that of those that were added, as well as classes can tell it.
class WaitTimesTest {
  @Test
  void medianIsThatOfTheWaits() {
    WaitTimes times = new WaitTimes();
    assertThat(times.medianMillis()).isZero();
    for (int i = 0; i <= 1000; i++) {
      times.add(i * 1_000_000L);
    }
    assertThat(times.medianMillis()).isCloseTo(500, withinPercentage(5));
  }

  @Test
  void noWaitAndALongOneAreCounted() {
    WaitTimes times = new WaitTimes();
    times.add(0);
    times.add(0);
    times.add(Long.MAX_VALUE);
    assertThat(times.medianMillis()).isLessThan(1e-5);
  }
}
