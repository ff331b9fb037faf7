package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {
  private static final long SECOND = 1_000_000_000;
  private final RetryBudget budget =
      new RetryBudget(Duration.ofMillis(100), Duration.ofSeconds(5), new Random(1), 0);

  private int retries(long now) {
    int count = 0;
    while (budget.take(now)) {
      count++;
    }
    return count;
  }

  @Test
  void hundredRetriesAreInABucket_thenTwoASecond_whenNothingSucceeds() {
    assertThat(retries(0)).isEqualTo(100);
    assertThat(retries(SECOND)).isEqualTo(2);
    assertThat(retries(11 * SECOND)).isEqualTo(20);
    assertThat(retries(1_000 * SECOND)).isEqualTo(100);
  }

  @Test
  void fiveSuccessesPayForARetry() {
    retries(0);
    for (int i = 0; i < 25; i++) {
      budget.succeeded();
    }
    assertThat(retries(0)).isEqualTo(5);
  }

  @Test
  void pausesAreRandomBelowALimitThatDoubles() {
    for (int failures = 1; failures <= 10; failures++) {
      double limit = Math.min(5e9, 100e6 * Math.pow(2, failures - 1));
      double slow = Math.min(5e9, 1e9 * Math.pow(2, failures - 1));
      assertPauses(failures, false, limit);
      assertPauses(failures, true, slow);
    }
    assertPauses(Integer.MAX_VALUE, true, 5e9);
  }

  private void assertPauses(int failures, boolean throttled, double limit) {
    double most = 0;
    double sum = 0;
    for (int i = 0; i < 1_000; i++) {
      long pause = budget.pauseNanos(failures, throttled);
      assertThat(pause).isBetween(0L, (long) limit);
      most = Math.max(most, (double) pause);
      sum += pause;
    }
    assertThat(most).isGreaterThan(0.95 * limit);
    assertThat(sum / 1_000).isBetween(0.45 * limit, 0.55 * limit);
  }
}
