package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrefixLimitsTest {
  private static final long SECOND = 1_000_000_000;
  private final PrefixLimits limits = new PrefixLimits();

  /// How many requests a prefix may send from one moment to another, asking every millisecond.
  private int turns(String key, long from, long to) {
    int count = 0;
    for (long now = from; now < to; now += 1_000_000) {
      while (limits.take(key, now)) {
        count++;
      }
    }
    return count;
  }

  /// In the second before the time of the first complaint.
  private void succeed(int times) {
    for (int i = 0; i < times; i++) {
      limits.succeeded("a/1", 0, 0);
    }
  }

  @Test
  void halfTheRateIsLeft_onlyToThePrefixThatIsComplainedAbout() {
    succeed(100);
    limits.throttled("a/1", 0, 0);

    assertThat(turns("a/2", 0, 10 * SECOND)).isBetween(490, 510);
    for (int i = 0; i < 10_000; i++) {
      assertThat(limits.take("a/b/1", 0)).isTrue();
      assertThat(limits.take("a", 0)).isTrue();
    }
  }

  @Test
  void complaintsAboutRequestsOfBeforeTellNothingNew_laterOnesHalveAgainDownToTwo() {
    succeed(100);
    limits.throttled("a/1", 0, SECOND);
    limits.throttled("a/2", SECOND - 1, SECOND + 1);
    assertThat(turns("a/1", SECOND, 11 * SECOND)).isBetween(490, 510);

    limits.throttled("a/1", 2 * SECOND, 11 * SECOND);
    assertThat(turns("a/1", 11 * SECOND, 21 * SECOND)).isBetween(240, 260);

    for (int i = 0; i < 20; i++) {
      limits.throttled("a/1", (21 + i) * SECOND, (21 + i) * SECOND);
    }
    assertThat(turns("a/1", 50 * SECOND, 60 * SECOND)).isBetween(20, 21);
  }

  @Test
  void limitIsRaisedBySuccesses_andLiftedWhenTheOldRateIsBack() {
    succeed(400);
    limits.throttled("a/1", 0, 0);
    for (int i = 1; i <= 10; i++) {
      limits.throttled("a/1", i * SECOND, i * SECOND);
    }
    limits.succeeded("a/1", 10 * SECOND - 1, 20 * SECOND);
    assertThat(turns("a/1", 20 * SECOND, 21 * SECOND)).isLessThanOrEqualTo(3);

    long now = 21 * SECOND;
    while (!limits.none()) {
      now += SECOND / 10;
      limits.succeeded("a/1", now - 1, now);
    }
    assertThat(now - 21 * SECOND).isBetween(4 * SECOND, 9 * SECOND);
  }

  @Test
  void limitThatNobodyMeetsIsForgotten() {
    limits.throttled("a/1", 0, 0);
    limits.forgetUnused(59 * SECOND);
    assertThat(limits.none()).isFalse();
    limits.forgetUnused(60 * SECOND);
    assertThat(limits.none()).isTrue();
  }
}
