package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HedgeBudgetTest {
  private static final long SECOND = 1_000_000_000;
  private final HedgeBudget budget = new HedgeBudget();

  private int hedges(long now) {
    int count = 0;
    while (budget.affords(now)) {
      budget.spend();
      count++;
    }
    return count;
  }

  private void succeed(int times) {
    for (int i = 0; i < times; i++) {
      budget.succeeded();
    }
  }

  @Test
  void oneInTwentyIsHedged_atMost_andTenAtOnce() {
    assertThat(hedges(0)).isEqualTo(2);
    succeed(201);
    assertThat(hedges(0)).isEqualTo(10);
    succeed(100_000);
    assertThat(hedges(0)).isEqualTo(10);
  }

  @Test
  void thereAreNoneForAWhile_whenHedgesDoNotWin_andThenAFewOnTrial() {
    for (int i = 0; i < 16; i++) {
      budget.decided(false, SECOND);
    }
    succeed(1_000);
    assertThat(hedges(SECOND)).isZero();
    assertThat(hedges(11 * SECOND - 1)).isZero();

    int onTrial = 0;
    while (onTrial < 100 && budget.affords(11 * SECOND)) {
      budget.spend();
      budget.decided(false, 11 * SECOND);
      onTrial++;
    }
    assertThat(onTrial).isEqualTo(4);

    for (int i = 0; i < 20; i++) {
      assertThat(budget.affords(21 * SECOND)).isTrue();
      budget.decided(true, 21 * SECOND);
    }
    succeed(1_000);
    budget.decided(false, 21 * SECOND);
    assertThat(hedges(21 * SECOND)).isEqualTo(10);
  }
}
