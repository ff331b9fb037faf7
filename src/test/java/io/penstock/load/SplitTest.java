package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.penstock.error.RefusedException;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SplitTest {
  private static final int IDS = 100_000;

  @ParameterizedTest
  @CsvSource({"0, 90, 0", "90, 100, 0", "0, 0.5, 3", "33.3, 66.6, -1", "0, 100, 4", "7, 7, 4"})
  void aSplitHasItsShare(double from, double to, long seed) {
    Split split = new Split(from, to, seed);
    double expected = IDS * (to - from) / 100;
    assertThat((double) count(split)).isCloseTo(expected, within(5 * Math.sqrt(expected + 1)));
  }

  private static long count(Split split) {
    return LongStream.range(0, IDS).filter(split::contains).count();
  }

  @Test
  void everySampleBelongsToOneOfAdjacentSplits() {
    List<Split> splits =
        List.of(Split.percent(0, 80), Split.percent(80, 90), Split.percent(90, 100));
    for (long id = 0; id < IDS; id++) {
      long one = id;
      assertThat(splits.stream().filter(split -> split.contains(one))).hasSize(1);
    }
    assertThat(count(Split.percent(0, 100))).isEqualTo(IDS);
  }

  @Test
  void seedsSplitIndependently() {
    Split first = Split.percent(0, 50);
    Split second = first.withSeed(1);
    long both =
        LongStream.range(0, IDS).filter(id -> first.contains(id) && second.contains(id)).count();
    assertThat(both).isBetween(IDS / 4 - 700L, IDS / 4 + 700L);
  }

  @Test
  void boundsAreRefusedWithTheirValues_whenTheyAreNoShare() {
    for (double[] bounds :
        new double[][] {{-1, 5}, {5, 4}, {0, 100.1}, {Double.NaN, 5}, {0, Double.NaN}}) {
      assertThatThrownBy(() -> Split.percent(bounds[0], bounds[1]))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining(bounds[0] + " %")
          .hasMessageContaining(bounds[1] + " %");
    }
  }

  @Test
  void aSplitSaysWhatItIs() {
    assertThat(Split.percent(0, 90)).hasToString("split 0 % to 90 %");
    assertThat(new Split(0.5, 99.25, 7)).hasToString("split 0.5 % to 99.25 % of seed 7");
  }
}
