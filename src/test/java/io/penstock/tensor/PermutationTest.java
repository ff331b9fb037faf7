package io.penstock.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testing.Statistics;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sentences O1-PRM-01, O1-PRM-02, O1-PRM-03, O1-PRM-04, O1-PRM-05: the permutation is one, and a
/// good one.
class PermutationTest {
  private static final long SEED = 20260611;
  private static final int KEYS = 100;

  /// So many positions of a large set stand for all of them.
  private static final int SAMPLED = 20_000;

  @Test
  void everyNumberIsHitOnce_forAllSmallSizes() {
    for (int n = 0; n <= 300; n++) {
      for (long key : new long[] {0, 1, -1, 0x0123456789ABCDEFL}) {
        BitSet images = new BitSet();
        for (int x = 0; x < n; x++) {
          images.set(Math.toIntExact(Permutation.apply(x, n, key)));
        }
        assertThat(images.cardinality()).as("n %s key %s", n, key).isEqualTo(n);
        assertThat(images.length()).as("n %s key %s", n, key).isEqualTo(n);
      }
    }
  }

  @Test
  void imagesAreInsideAndDifferent_upToTheLargestSize() {
    for (long n : new long[] {1L << 62, (1L << 62) - 1, 2147483647L * 2147483646L, 1L << 61}) {
      Set<Long> images = new HashSet<>();
      for (long x = 0; x < 2_000; x++) {
        long image = Permutation.apply(x % 2 == 0 ? x : n - x, n, n);
        assertThat(image).isBetween(0L, n - 1);
        images.add(image);
      }
      assertThat(images).hasSize(2_000);
    }
  }

  @Test
  void rootsAreExact_aroundSquares() {
    for (long a : new long[] {1, 2, 3, 1 << 16, 94_906_265, 94_906_266, (1L << 31) - 1, 1L << 31}) {
      long square = a * a;
      assertThat(Permutation.ceilingRoot(square)).isEqualTo(a);
      assertThat(Permutation.ceilingRoot(square - a + 1)).isEqualTo(a);
      if (square < 1L << 62) {
        assertThat(Permutation.ceilingRoot(square + 1)).isEqualTo(a + 1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 6})
  void allOrdersComeOutEquallyOften_whenTheSetIsTiny(int n) {
    Map<Long, Integer> counts = new HashMap<>();
    int orders = factorial(n);
    int draws = orders * 60;
    for (int draw = 0; draw < draws; draw++) {
      long order = 0;
      for (int x = 0; x < n; x++) {
        order = order * n + Permutation.apply(x, n, Hash64.mix(SEED + draw));
      }
      counts.merge(order, 1, Integer::sum);
    }
    assertThat(counts).hasSize(orders);
    double squares = counts.values().stream().mapToDouble(count -> Math.pow(count - 60, 2)).sum();
    assertThat(Statistics.deviation(squares / 60, orders - 1)).isBetween(-4.0, 4.0);
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        1009,
        1023,
        1024,
        1025,
        10_007,
        16_383,
        16_384,
        16_385,
        65_537,
        1_281_167,
        1_000_000_000
      })
  void neighboursDoNotFollowEachOther(long n) {
    double worst = 0;
    int positions = (int) Math.min(n, SAMPLED);
    for (long key : keys(n)) {
      double[] images = new double[positions];
      long from = n == positions ? 0 : Hash64.scale(n - positions, Hash64.mix(key));
      for (int i = 0; i < positions; i++) {
        images[i] = Permutation.apply(from + i, n, key);
      }
      double correlation = Statistics.lagOneCorrelation(images);
      worst = Math.max(worst, Math.abs(correlation) * Math.sqrt(positions));
    }
    assertThat(worst).as("n %s, seed %s", n, SEED).isLessThan(4);
  }

  @ParameterizedTest
  @ValueSource(longs = {10_007, 16_383, 16_384, 16_385, 65_537, 1 << 20, 1_281_167, 1_000_000_000})
  void lowBitsOfTheFirstImagesAreEven(long n) {
    double worst = 0;
    for (long key : keys(n)) {
      long[] counts = new long[8];
      for (int i = 0; i < 1024; i++) {
        counts[(int) (Permutation.apply(i, n, key) & 7)]++;
      }
      worst = Math.max(worst, Math.abs(Statistics.evenness(counts)));
    }
    assertThat(worst).as("n %s, seed %s", n, SEED).isLessThan(4);
  }

  @ParameterizedTest
  @ValueSource(longs = {1009, 4095, 4096, 4097, 10_007, 16_384, 16_385})
  void differencesOfNeighboursAreEven(long n) {
    double worst = 0;
    for (long key : keys(n)) {
      worst = Math.max(worst, Math.abs(differences(n, key, 6)));
    }
    assertThat(worst).as("n %s, seed %s", n, SEED).isLessThan(4);
  }

  @ParameterizedTest
  @ValueSource(longs = {65_537, 1_281_167})
  void differencesOfNeighboursAreEven_whenTheSetIsLarge(long n) {
    double worst = 0;
    for (int key = 0; key < (n > 100_000 ? 1 : 10); key++) {
      worst = Math.max(worst, Math.abs(differences(n, keys(n)[key], 6)));
    }
    assertThat(worst).as("n %s, seed %s", n, SEED).isLessThan(4);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4})
  void differencesOfNeighboursAreUneven_whenTheRoundsAreFewer(int rounds) {
    for (long n : new long[] {10_007, 16_384}) {
      int failed = 0;
      for (long key : keys(n)) {
        failed += Math.abs(differences(n, key, rounds)) >= 4 ? 1 : 0;
      }
      assertThat(failed).as("%s rounds, n %s", rounds, n).isGreaterThan(KEYS / 3);
    }
  }

  /// How far the differences of neighbouring images, modulo the radix, are from even.
  private static double differences(long n, long key, int rounds) {
    int a = Math.toIntExact(Permutation.ceilingRoot(n));
    long[] counts = new long[a];
    long before = Permutation.apply(0, n, key, rounds);
    for (long x = 1; x < n; x++) {
      long image = Permutation.apply(x, n, key, rounds);
      counts[(int) Math.floorMod(image - before, (long) a)]++;
      before = image;
    }
    return Statistics.evenness(counts);
  }

  private static long[] keys(long n) {
    return new Random(SEED + n).longs(KEYS).toArray();
  }

  private static int factorial(int n) {
    return n <= 1 ? 1 : n * factorial(n - 1);
  }
}
