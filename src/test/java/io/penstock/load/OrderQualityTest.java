package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How well lanes mix, and what they cost in reads: the bounds that the order was designed for.
class OrderQualityTest {
  private static final long SEED = 20260613;

  @ParameterizedTest
  @CsvSource({
    "20000, 64, 96, 48",
    "20011, 64, 48, 48",
    "100003, 16, 96, 48",
    "65536, 40, 256, 256",
    "30000, 100, 90, 30",
    "12289, 64, 60, 12"
  })
  void noTwoSamplesOfARunAreInABatch_whenTheBatchDividesTheLanes(
      long samples, long runSamples, long lanes, long batch) {
    assertThat(samples / lanes).isGreaterThanOrEqualTo(3 * runSamples);
    OrderShape shape = OrderShape.lanes(batch, runSamples, lanes);
    for (long epoch = 0; epoch < 2; epoch++) {
      SampleOrder order = SampleOrder.of(Shapes.equal(1, samples, 16), shape, SEED, epoch);
      for (long from = 0; from + batch <= samples; from += batch) {
        assertThat(pairsOfOneRun(order, from)).as("%s, batch at %s", shape, from).isZero();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "20000, 64, 12, 24",
    "50000, 64, 24, 768",
    "10007, 40, 6, 48",
    "65537, 200, 20, 1000",
    "30000, 64, 1, 8"
  })
  void pairsOfOneRunStayWithinTheirBound_whenTheLanesDivideTheBatch(
      long samples, long runSamples, long lanes, long batch) {
    long steps = batch / lanes;
    assertThat(samples / lanes).isGreaterThanOrEqualTo(4 * runSamples);
    assertThat(steps).isLessThanOrEqualTo(runSamples / 2);
    double expected = 0;
    for (long d = 1; d < steps; d++) {
      expected += (steps - d) * (1 - (double) d / runSamples) * lanes;
    }
    SampleOrder order =
        SampleOrder.of(
            Shapes.equal(1, samples, 8), OrderShape.lanes(batch, runSamples, lanes), SEED, 0);
    double pairs = 0;
    long batches = samples / batch;
    for (long from = 0; from + batch <= samples; from += batch) {
      pairs += pairsOfOneRun(order, from);
    }
    assertThat(pairs / batches).isLessThanOrEqualTo(1.1 * expected);
  }

  private static long pairsOfOneRun(SampleOrder order, long from) {
    Map<Long, Integer> samplesOfRun = new HashMap<>();
    long pairs = 0;
    for (long i = from; i < from + order.shape().batch(); i++) {
      pairs += samplesOfRun.merge(order.row(i) / order.shape().runSamples(), 1, Integer::sum) - 1;
    }
    return pairs;
  }

  @ParameterizedTest
  @CsvSource({"65536, 64, 9600, 256", "65536, 64, 9600, 1000", "200000, 8, 9000, 96"})
  void aBatchTouchesManyChunks_withTheDefaults(
      long samples, long groupSamples, long bytesOfSample, long batch) {
    SampleSpace space = Shapes.equal(1, samples, groupSamples);
    long bytes = samples * bytesOfSample;
    VersionFigures figures = new VersionFigures(bytes, bytes, groupSamples * bytesOfSample);
    OrderShape shape = SampleOrder.defaultShape(space, figures, batch, 128L << 20);
    assertThat(shape.level()).isEqualTo(OrderShape.Level.LANES);
    assertThat(samples / groupSamples).isGreaterThanOrEqualTo(4 * shape.lanes());
    SampleOrder order = SampleOrder.of(space, shape, SEED, 0);
    for (long from = 0; from + batch <= samples; from += batch) {
      Set<Long> chunks = new HashSet<>();
      for (long i = from; i < from + batch; i++) {
        chunks.add(order.row(i) / groupSamples);
      }
      assertThat((long) chunks.size())
          .as("%s, batch at %s", shape, from)
          .isGreaterThanOrEqualTo(Math.min(shape.lanes(), batch) / 2);
    }
  }

  @ParameterizedTest
  @CsvSource({"50000, 64, 96, 48", "49999, 64, 24, 96", "30011, 40, 128, 128"})
  void labelsAreAsEvenAtTheEndOfAnEpochAsInItsMiddle(
      long samples, long runSamples, long lanes, long batch) {
    OrderShape shape = OrderShape.lanes(batch, runSamples, lanes);
    SampleSpace space = Shapes.equal(1, samples, 8);
    double end = 0;
    double middle = 0;
    for (long epoch = 0; epoch < 40; epoch++) {
      SampleOrder order = SampleOrder.of(space, shape, SEED, epoch);
      end += labelChiSquare(order, samples - 16 * batch);
      middle += labelChiSquare(order, samples / 2 - 8 * batch);
    }
    assertThat(end / middle).isLessThanOrEqualTo(1.5);
  }

  /// χ² for each degree of freedom of 100 labels, by which the storage is sorted, in 16 batches.
  private static double labelChiSquare(SampleOrder order, long from) {
    long window = 16 * order.shape().batch();
    double[] counts = new double[100];
    for (long i = from; i < from + window; i++) {
      counts[(int) (order.row(i) * 100 / order.samples())]++;
    }
    double expected = window / 100.0;
    return Arrays.stream(counts).map(count -> (count - expected) * (count - expected)).sum()
        / expected
        / 99;
  }

  @ParameterizedTest
  @CsvSource({"30000, 64, 96, 48", "20011, 16, 128, 128", "30011, 100, 60, 60"})
  void samplesMeetAgainNoMoreOftenThanByChance_whenTheBatchDividesTheLanes(
      long samples, long runSamples, long lanes, long batch) {
    assertThat(samples / runSamples).isGreaterThanOrEqualTo(3 * lanes);
    OrderShape shape = OrderShape.lanes(batch, runSamples, lanes);
    SampleSpace space = Shapes.equal(1, samples, 8);
    double met = 0;
    double byChance = 0;
    for (long epoch = 0; epoch < 8; epoch++) {
      int[] batchOf = batches(SampleOrder.of(space, shape, SEED, epoch + 1));
      SampleOrder order = SampleOrder.of(space, shape, SEED, epoch);
      for (long from = 0; from + batch <= samples; from += batch) {
        Map<Integer, Integer> together = new HashMap<>();
        for (long i = from; i < from + batch; i++) {
          met += together.merge(batchOf[(int) order.row(i)], 1, Integer::sum) - 1;
        }
        byChance += batch * (batch - 1) / 2.0 * (batch - 1) / (samples - 1);
      }
    }
    assertThat(met / byChance).isLessThanOrEqualTo(1.1);
  }

  private static int[] batches(SampleOrder order) {
    int[] batchOf = new int[Math.toIntExact(order.samples())];
    for (int i = 0; i < batchOf.length; i++) {
      batchOf[(int) order.row(i)] = Math.toIntExact(i / order.shape().batch());
    }
    return batchOf;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 50000, 8, 64, 96, 48",
    "1, 100003, 16, 64, 128, 128",
    "1000, 300, 16, 64, 256, 256",
    "10, 5003, 20, 200, 20, 40",
    "1000, 300, 10, 100, 96, 96"
  })
  void chunksAreReadLittleMoreThanOnce(
      int fragments, long rows, long groupSamples, long runSamples, long lanes, long batch) {
    SampleSpace space = Shapes.equal(fragments, rows, groupSamples);
    assertThat(space.samples() / runSamples).isGreaterThanOrEqualTo(3 * lanes);
    OrderShape shape = OrderShape.lanes(batch, runSamples, lanes);
    double chunks = fragments * Math.ceilDiv(rows, groupSamples);
    double leftOver = (double) (rows % runSamples) / rows;
    double bound =
        1
            + 2.0 * lanes * groupSamples / space.samples()
            + leftOver * groupSamples / runSamples
            + 0.05;
    assertThat(reads(space, shape) / chunks).isLessThanOrEqualTo(bound);
  }

  @Test
  void aDeletionCostsAtMostOneMoreReadARun() {
    OrderShape shape = OrderShape.lanes(48, 64, 96);
    long runs = 20_000 / 64;
    for (long deleted : new long[] {0, 777, 9_984, 19_999}) {
      SampleSpace without =
          SampleSpace.of(List.of(Shapes.fragment(20_000, 16, new TreeSet<>(List.of(deleted)))));
      assertThat(reads(without, shape))
          .isLessThanOrEqualTo(reads(Shapes.equal(1, 20_000, 16), shape) + runs);
    }
  }

  @Test
  void manyDeletionsCostFewReads() {
    Random random = new Random(SEED);
    Set<Long> deleted = new TreeSet<>();
    while (deleted.size() < 500) {
      deleted.add((long) random.nextInt(50_000));
    }
    SampleSpace space = SampleSpace.of(List.of(Shapes.fragment(50_000, 8, deleted)));
    double reads = reads(space, OrderShape.lanes(48, 64, 96));
    assertThat(reads / (50_000 / 8)).isLessThan(1.25);
  }

  /// The burst: runs that must newly arrive for each L positions, which use up one run's worth. The
  /// first ones of all lanes, which arrive at once, are left out.
  @ParameterizedTest
  @CsvSource({
    "1, 50000, 8, 64, 96, 48",
    "1, 65536, 64, 192, 64, 256",
    "1, 100003, 16, 64, 128, 128",
    "10, 5000, 20, 200, 20, 40",
    "1000, 320, 16, 64, 256, 256"
  })
  void runsArriveOneAfterTheOther(
      int fragments, long rows, long groupSamples, long runSamples, long lanes, long batch) {
    SampleSpace space = Shapes.equal(fragments, rows, groupSamples);
    OrderShape shape = OrderShape.lanes(batch, runSamples, lanes);
    SampleOrder order = SampleOrder.of(space, shape, SEED, 0);
    long[] held = new long[Math.toIntExact(lanes)];
    Arrays.fill(held, -1);
    long most = 0;
    long arrived = 0;
    for (long i = 0; i < order.samples(); i++) {
      if (i % runSamples == 0) {
        most = i <= lanes + runSamples ? 0 : Math.max(most, arrived);
        arrived = 0;
      }
      int lane = Math.toIntExact(order.lane(i));
      long run = order.row(i) / runSamples;
      arrived += held[lane] == run ? 0 : 1;
      held[lane] = run;
    }
    assertThat(most).as("%s: runs for each %s positions", shape, runSamples).isBetween(1L, 4L);
  }

  /// How often a lane turns to another chunk.
  private static long reads(SampleSpace space, OrderShape shape) {
    SampleOrder order = SampleOrder.of(space, shape, SEED, 0);
    long[] held = new long[Math.toIntExact(shape.lanes())];
    Arrays.fill(held, -1);
    long reads = 0;
    for (long i = 0; i < order.samples(); i++) {
      long row = order.row(i);
      int fragment = space.fragment(row);
      long inFragment = row - space.firstRow(fragment);
      long group = space.fragmentRows(fragment).groupSamples();
      long chunk = space.firstRow(fragment) + inFragment / group * group;
      int lane = Math.toIntExact(order.lane(i));
      reads += held[lane] == chunk ? 0 : 1;
      held[lane] = chunk;
    }
    return reads;
  }
}
