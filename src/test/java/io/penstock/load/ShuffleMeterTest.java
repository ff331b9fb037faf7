package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import io.penstock.error.RefusedException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is measured is what a slow count finds, and what was predicted.
class ShuffleMeterTest {
  private static final long SEED = 20261121;

  @Test
  void pairsAndLabelsAreThoseOfASlowCount_inRandomStreams() {
    for (int n = 0; n < 40; n++) {
      Random random = new Random(SEED + n);
      int batch = 1 + random.nextInt(20);
      int samples = random.nextInt(60 * batch);
      int labels = 1 + random.nextInt(9);
      long[] runs = random.longs(samples, -2, 1 + random.nextInt(40)).toArray();
      int[] label = random.ints(samples, 0, labels).toArray();
      ShuffleMeter meter = ShuffleMeter.withLabels(OrderShape.full(batch), samples, 7, labels);
      int from = samples == 0 ? 0 : random.nextInt(Math.min(samples, 3 * batch));
      meter.begin(3, from);
      for (int i = from; i < samples; i++) {
        meter.add(runs[i], label[i]);
      }
      ShuffleReport report = meter.report();
      assertThat(report.epoch()).isEqualTo(3);
      assertThat(report.samples()).isEqualTo(samples - from);
      int full = samples / batch;
      int last = Math.min(16, full);
      check(report, ShuffleReport.Span.BATCH, slow(runs, label, labels, from, 0, batch), n);
      check(report, ShuffleReport.Span.BATCHES, slow(runs, label, labels, from, 0, 32 * batch), n);
      check(
          report,
          ShuffleReport.Span.END_OF_EPOCH,
          slow(
              Arrays.copyOf(runs, full * batch),
              label,
              labels,
              from,
              (full - last) * batch,
              Math.max(1, last) * batch),
          n);
    }
  }

  private record Found(long windows, double fraction, double chiSquare) {}

  private static void check(ShuffleReport report, ShuffleReport.Span span, Found found, int n) {
    assertThat(report.window(span).isPresent()).as("seed +%s", n).isEqualTo(found.windows > 0);
    report
        .window(span)
        .ifPresent(window -> {
          assertThat(window.windows()).isEqualTo(found.windows);
          assertThat(window.measured().fraction()).isCloseTo(found.fraction, within(1e-9));
          assertThat(window.labelChiSquare().orElse(-1)).isCloseTo(found.chiSquare, within(1e-6));
        });
  }

  /// By definition: every pair of every window; (observed − expected)² / expected.
  private static Found slow(
      long[] runs, int[] label, int labels, int seenFrom, int first, int window) {
    double[] share = new double[labels];
    for (int i = seenFrom; i < label.length; i++) {
      share[label[i]] += 1.0 / (label.length - seenFrom);
    }
    long degrees = Arrays.stream(share).filter(part -> part > 0).count() - 1;
    long windows = 0;
    double pairs = 0;
    double chiSquare = 0;
    for (int from = first; from + window <= runs.length; from += window) {
      if (from < seenFrom) {
        continue;
      }
      windows++;
      double[] counts = new double[labels];
      for (int i = from; i < from + window; i++) {
        counts[label[i]]++;
        for (int j = from; j < i; j++) {
          pairs += runs[i] == runs[j] ? 1 : 0;
        }
      }
      for (int l = 0; l < labels; l++) {
        double expected = share[l] * window;
        chiSquare += share[l] > 0 ? Math.pow(counts[l] - expected, 2) / expected : 0;
      }
    }
    double all = windows * (window / 2.0) * (window - 1);
    return new Found(
        windows, all > 0 ? pairs / all : 0, degrees > 0 ? chiSquare / windows / degrees : -1);
  }

  @ParameterizedTest(name = "{0} samples, runs of {1}, {2} lanes, batches of {3}, measured in {4}")
  @CsvSource({
    "100003, 64, 96, 48, 64",
    "100003, 64, 96, 48, 16",
    "65536, 40, 256, 256, 40",
    "60000, 50, 24, 768, 50",
    "100000, 40, 60, 12, 40",
    "100000, 32, 8, 1, 32",
    "80000, 64, 16, 4, 64",
    "80000, 16, 12, 24, 64"
  })
  void whatIsMeasuredWasPredicted(
      long samples, long runSamples, long lanes, long batch, long measured) {
    OrderShape shape = OrderShape.lanes(batch, runSamples, lanes);
    checkPrediction(shape, Shapes.equal(1, samples, 8), measured, 0.05);
  }

  @Test
  void whatIsMeasuredWasPredicted_withoutLanes() {
    SampleSpace space = Shapes.equal(1, 60_000, 8);
    checkPrediction(OrderShape.full(64), space, 50, 0.05);
    checkPrediction(OrderShape.runs(66, 50), space, 50, 0.05);
    checkPrediction(OrderShape.runs(66, 50), space, 25, 0.05);
    checkPrediction(OrderShape.sequential(66), space, 50, 0.05);
  }

  /// Means over epochs lie within a share of what was predicted, or a hundredth of the ideal.
  private static void checkPrediction(
      OrderShape shape, SampleSpace space, long runSamples, double share) {
    int epochs = 5;
    ShuffleMeter meter = ShuffleMeter.of(shape, space.samples(), runSamples);
    double[] measured = new double[ShuffleReport.Span.values().length];
    for (long epoch = 0; epoch < epochs; epoch++) {
      SampleOrder order = SampleOrder.of(space, shape, SEED, epoch);
      meter.begin(epoch, 0);
      for (long i = 0; i < order.samples(); i++) {
        meter.add(order.row(i) / runSamples);
      }
      for (ShuffleReport.Window window : meter.report().windows()) {
        measured[window.span().ordinal()] += window.measured().fraction() / epochs;
      }
    }
    for (ShuffleReport.Span span : ShuffleReport.Span.values()) {
      SameRunPairs predicted = meter.report().window(span).orElseThrow().predicted();
      assertThat(measured[span.ordinal()])
          .as("%s, %s", shape, span)
          .isCloseTo(
              predicted.fraction(),
              within(share * predicted.fraction() + 0.01 * predicted.ideal()));
    }
  }

  @ParameterizedTest(name = "{0} lanes, batches of {1}, {2} ranks")
  @CsvSource({"96, 48, 4", "24, 96, 3", "24, 96, 24", "48, 48, 48", "96, 24, 6"})
  void whatARankSeesWasPredicted(long lanes, long batch, int worldSize) {
    OrderShape shape = OrderShape.lanes(batch, 40, lanes);
    OrderShape part = shape.ofOneRank(worldSize);
    assertThat(part.batch()).isEqualTo(batch / worldSize);
    SampleSpace space = Shapes.equal(1, 48_000, 8);
    ShuffleMeter meter = ShuffleMeter.of(part, space.samples() / worldSize, 40);
    double measured = 0;
    double predicted = 0;
    int seeds = 3;
    for (int seed = 0; seed < seeds; seed++) {
      SampleOrder order = SampleOrder.of(space, shape, SEED + seed, 0);
      meter.begin(0, 0);
      for (long i = 0; i < space.samples(); i++) {
        if (order.rank(i, worldSize) == worldSize / 2) {
          meter.add(order.run(order.row(i)));
        }
      }
      // The end of an epoch is always the same place of the runs of a rank's only lane.
      for (ShuffleReport.Window window : meter.report().windows().subList(0, 2)) {
        measured += window.measured().fraction();
        predicted += window.predicted().fraction();
      }
    }
    assertThat(measured).isCloseTo(predicted, within(0.06 * predicted));
  }

  @Test
  void aRankThatTakesStepsOfALaneHasALaneOfItsOwn() {
    assertThat(OrderShape.lanes(48, 40, 12).ofOneRank(24)).isEqualTo(OrderShape.lanes(2, 40, 1));
    assertThat(OrderShape.lanes(240, 40, 20).ofOneRank(3)).isEqualTo(OrderShape.lanes(80, 40, 5));
    assertThat(OrderShape.full(8).ofOneRank(2)).isEqualTo(OrderShape.full(4));
    assertRefused(() -> OrderShape.full(8).ofOneRank(3), "divides 6 and 9");
  }

  /// The closed form against a sum over all pairs of steps, as the order's promises state it.
  @Test
  void pairsOfABatchAreThoseOfTheBound_whenTheLanesDivideTheBatch() {
    for (long[] given : new long[][] {{64, 12, 24}, {64, 24, 768}, {40, 6, 48}, {16, 1, 48}}) {
      long steps = given[2] / given[1];
      double pairs = 0;
      for (long d = 1; d < Math.min(steps, given[0]); d++) {
        pairs += (steps - d) * (1 - (double) d / given[0]) * given[1];
      }
      OrderShape shape = OrderShape.lanes(given[2], given[0], given[1]);
      assertThat(SameRunPairs.predicted(shape, 100_000, given[0], 1).fraction())
          .isCloseTo(pairs / (given[2] * (given[2] - 1) / 2.0), within(1e-12));
    }
  }

  @ParameterizedTest(name = "runs of {0}, {1} lanes, batches of {2}, {3} labels in 100 random")
  @CsvSource({
    "50, 96, 48, 0",
    "50, 96, 48, 50",
    "50, 24, 96, 0",
    "100, 48, 192, 50",
    "50, 0, 64, 0"
  })
  void labelsVaryAsTheCorrelationInTheRunsSays(
      int runSamples, long lanes, long batch, int randomOfHundred) {
    int samples = 50_000;
    OrderShape shape =
        lanes == 0 ? OrderShape.full(batch) : OrderShape.lanes(batch, runSamples, lanes);
    int[] labels = new int[samples];
    Random random = new Random(SEED);
    for (int i = 0; i < samples; i++) {
      labels[i] = random.nextInt(100) < randomOfHundred ? random.nextInt(100) : i * 100 / samples;
    }
    double correlation = correlation(labels, runSamples);
    int epochs = 8;
    ShuffleMeter meter = ShuffleMeter.withLabels(shape, samples, runSamples, 100);
    double[] chiSquare = new double[ShuffleReport.Span.values().length];
    double[] expected = new double[chiSquare.length];
    for (int epoch = 0; epoch < epochs; epoch++) {
      SampleOrder order = SampleOrder.of(Shapes.equal(1, samples, 10), shape, SEED, epoch);
      meter.begin(epoch, 0);
      for (int i = 0; i < samples; i++) {
        int row = (int) order.row(i);
        meter.add(row / runSamples, labels[row]);
      }
      for (ShuffleReport.Window window : meter.report().windows()) {
        int span = window.span().ordinal();
        chiSquare[span] += window.labelChiSquare().orElseThrow() / epochs;
        expected[span] += window.measured().expectedChiSquare(correlation) / epochs;
      }
    }
    for (ShuffleReport.Span span : ShuffleReport.Span.values()) {
      // The last batches are one window an epoch, so their mean is rough.
      double share = span == ShuffleReport.Span.END_OF_EPOCH ? 0.2 : 0.05;
      assertThat(chiSquare[span.ordinal()])
          .as(span.toString())
          .isCloseTo(expected[span.ordinal()], within(share * expected[span.ordinal()]));
    }
  }

  /// How much likelier two samples of a run have the same label than any two, of what is possible.
  private static double correlation(int[] labels, int runSamples) {
    long[] counts = new long[100];
    double same = 0;
    for (int run = 0; run < labels.length / runSamples; run++) {
      long[] inRun = new long[100];
      for (int i = run * runSamples; i < (run + 1) * runSamples; i++) {
        same += inRun[labels[i]]++;
        counts[labels[i]]++;
      }
    }
    double pairs = (double) labels.length * (runSamples - 1) / 2;
    double byChance = 0;
    for (long count : counts) {
      byChance += Math.pow((double) count / labels.length, 2);
    }
    return (same / pairs - byChance) / (1 - byChance);
  }

  @Test
  void theDesignEffectIsThatOfItsFormula() {
    SameRunPairs pairs = new SameRunPairs(1_001, 11, 101, 0.02);
    assertThat(pairs.ideal()).isEqualTo(0.01);
    assertThat(pairs.designEffect(0.5)).isEqualTo(2);
    assertThat(pairs.designEffect(0)).isEqualTo(1);
    assertThat(new SameRunPairs(1_001, 11, 101, 0.01).expectedChiSquare(0.5))
        .isCloseTo(0.9, within(1e-12));
  }

  @Test
  void windowsThatWereNotSeenWholeAreNotInTheReport() {
    ShuffleMeter meter = ShuffleMeter.of(OrderShape.full(10), 95, 1);
    assertThat(meter.report().windows()).isEmpty();
    meter.begin(0, 5);
    for (int i = 5; i < 95; i++) {
      meter.add(i);
    }
    ShuffleReport report = meter.report();
    assertThat(report.window(ShuffleReport.Span.BATCH).orElseThrow().windows()).isEqualTo(8);
    assertThat(report.window(ShuffleReport.Span.BATCHES)).isEmpty();
    assertThat(report.window(ShuffleReport.Span.END_OF_EPOCH)).isEmpty();
  }

  @Test
  void aSampleAllocatesNothing_afterTheFirstEpoch() {
    OrderShape shape = OrderShape.lanes(256, 64, 256);
    ShuffleMeter meter = ShuffleMeter.withLabels(shape, 100_000, 64, 10);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = 0;
    for (int epoch = 0; epoch < 2; epoch++) {
      meter.begin(epoch, 0);
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 100_000; i++) {
        meter.add(i % 997, i % 10);
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    assertThat(allocated).isLessThan(10_000);
  }

  @Test
  void windowsOfLargeBatchesAreShorter() {
    ShuffleMeter meter = ShuffleMeter.of(OrderShape.full(1 << 16), 1 << 20, 1);
    meter.begin(0, 0);
    for (int i = 0; i < 1 << 20; i++) {
      meter.add(0);
    }
    assertThat(meter.report().windows())
        .extracting(ShuffleReport.Window::batches)
        .containsExactly(1L, 4L, 4L);
  }

  @Test
  void wrongArgumentsAreRefusedWithTheirValue() {
    OrderShape shape = OrderShape.full(4);
    assertRefused(() -> ShuffleMeter.of(shape, -1, 1), "samples -1");
    assertRefused(() -> ShuffleMeter.of(shape, 1, 0), "runSamples 0");
    assertRefused(() -> ShuffleMeter.withLabels(shape, 1, 1, -2), "labels -2");
    assertRefused(() -> SameRunPairs.predicted(shape, 1, 1, 0), "batches 0");
    assertRefused(() -> SameRunPairs.predicted(shape, 1, 1, 4097), "batches 4097");
    assertRefused(() -> SameRunPairs.predicted(shape, -1, 1, 1), "samples -1");
    assertRefused(() -> new SameRunPairs(1, 1, 0, 0), "window 0");
    assertRefused(() -> new SameRunPairs(1, 1, 1, 1.5), "fraction 1.5");
    ShuffleMeter meter = ShuffleMeter.withLabels(shape, 1, 1, 2);
    assertRefused(() -> meter.begin(-1, 0), "epoch -1");
    assertRefused(() -> meter.begin(0, 2), "position 2");
    assertRefused(() -> meter.add(0, 2), "label 2");
    assertRefused(() -> meter.add(0), "without a label");
    meter.add(0, 1);
    assertRefused(() -> meter.add(0, 1), "after the last of 1");
  }

  private static void assertRefused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String words) {
    assertThatThrownBy(call).isInstanceOf(RefusedException.class).hasMessageContaining(words);
  }
}
