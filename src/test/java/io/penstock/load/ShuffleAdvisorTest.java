package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.penstock.error.RefusedException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShuffleAdvisorTest {
  private static final long SEED = 20260602;
  private static final int SAMPLES = 240_000;
  private static final int CHUNK = 16;
  private static final int LABELS = 50;
  private static final SampleSpace SPACE = Shapes.equal(1, SAMPLES, CHUNK);

  /// Blocks of one label, and a share of samples whose label is any.
  private static int[] labels(int block, double noise) {
    Random random = new Random(SEED);
    int[] labels = new int[SAMPLES];
    int label = 0;
    for (int i = 0; i < SAMPLES; i++) {
      if (i % block == 0) {
        label = random.nextInt(LABELS);
      }
      labels[i] = random.nextDouble() < noise ? random.nextInt(LABELS) : label;
    }
    return labels;
  }

  /// By the definition, with all labels at hand.
  private static RunCorrelation correlation(int[] labels) {
    return runSamples -> {
      double pairs = 0;
      double equal = 0;
      for (int from = 0; from < labels.length; from += Math.toIntExact(runSamples)) {
        int[] run =
            Arrays.copyOfRange(labels, from, (int) Math.min(labels.length, from + runSamples));
        pairs += run.length / 2.0 * (run.length - 1);
        for (double count : counts(run)) {
          equal += count * (count - 1) / 2;
        }
      }
      double chance =
          Arrays.stream(counts(labels)).map(count -> Math.pow(count / labels.length, 2)).sum();
      return pairs == 0 ? 0 : (equal / pairs - chance) / (1 - chance);
    };
  }

  private static double[] counts(int[] labels) {
    double[] counts = new double[LABELS];
    for (int label : labels) {
      counts[label]++;
    }
    return counts;
  }

  /// How much more the counts of labels vary from window to window than by the draw.
  private static double measured(OrderShape shape, int[] labels, int batches, int epochs) {
    double[] all = counts(labels);
    double byTheDraw = 0;
    int window = Math.toIntExact(batches * shape.batch());
    for (double count : all) {
      byTheDraw += window * count / SAMPLES * (1 - count / SAMPLES);
    }
    double squares = 0;
    int windows = 0;
    for (int epoch = 0; epoch < epochs; epoch++) {
      SampleOrder order = SampleOrder.of(SPACE, shape, SEED, epoch);
      for (int from = 0; from + window <= SAMPLES; from += window) {
        double[] found = new double[LABELS];
        for (int i = 0; i < window; i++) {
          found[labels[Math.toIntExact(order.row(from + i))]]++;
        }
        for (int label = 0; label < LABELS; label++) {
          squares += Math.pow(found[label] - window * all[label] / SAMPLES, 2);
        }
        windows++;
      }
    }
    return squares / windows / byTheDraw;
  }

  @ParameterizedTest
  @CsvSource({
    // batch, run, lanes, block of one label, share of other labels
    "256, 128, 32, 5000, 0",
    "256, 128, 64, 5000, 0.5",
    "256, 320, 32, 200, 0",
    "240, 640, 24, 100, 0",
    "240, 640, 8, 30, 0.2",
    "64, 160, 64, 300, 0",
    "48, 160, 96, 300, 0",
  })
  void thePredictionIsWhatIsMeasured(long batch, long run, long lanes, int block, double noise) {
    int[] labels = labels(block, noise);
    OrderShape shape = OrderShape.lanes(batch, run, lanes);
    ShuffleAdvisor advisor = new ShuffleAdvisor(shape, SPACE, correlation(labels));

    ShuffleAdvisor.Advice advice = advisor.advice(ShuffleAdvisor.TARGET);

    double one = measured(shape, labels, 1, 2);
    double twenty = measured(shape, labels, 20, 4);
    assertThat(advice.batch()).as("a batch, measured %s", one).isCloseTo(one, within(0.1 * one));
    assertThat(advice.batches())
        .as("20 batches, measured %s", twenty)
        .isCloseTo(twenty, within(0.15 * twenty));
    assertThat(advice.met()).isEqualTo(lanes >= advice.lanesNeeded());
  }

  @Test
  void ordersWithoutLanesAreToldWhatTheyAre() {
    int[] labels = labels(400, 0);
    RunCorrelation correlation = correlation(labels);
    for (OrderShape shape :
        new OrderShape[] {
          OrderShape.sequential(100), OrderShape.runs(100, 320), OrderShape.full(100)
        }) {
      double predicted = new ShuffleAdvisor(shape, SPACE, correlation).designEffect(1);
      double measured = measured(shape, labels, 1, 1);
      assertThat(predicted)
          .as("%s, measured %s", shape, measured)
          .isCloseTo(measured, within(0.15 * measured));
    }
  }

  @Test
  void theLanesNeededAreTheFewestThatReachTheTarget() {
    RunCorrelation correlation = correlation(labels(5000, 0.3));
    for (double target : new double[] {1, 1.1, 1.5, 3, 1000}) {
      ShuffleAdvisor advisor =
          new ShuffleAdvisor(OrderShape.lanes(240, 128, 24), SPACE, correlation);
      long needed = advisor.lanesNeeded(target);
      assertThat(240 % needed).isZero();
      for (long lanes = 1; lanes <= 240; lanes++) {
        if (240 % lanes == 0) {
          double effect =
              new ShuffleAdvisor(OrderShape.lanes(240, 128, lanes), SPACE, correlation)
                  .designEffect(1);
          assertThat(effect <= target)
              .as("%s lanes for %s: %s", lanes, target, effect)
              .isEqualTo(lanes >= needed);
        }
      }
    }
  }

  @Test
  void nothingIsNeeded_whenStorageSaysNothingAboutLabels() {
    ShuffleAdvisor advisor = new ShuffleAdvisor(OrderShape.lanes(256, 128, 32), SPACE, _ -> 0);
    assertThat(advisor.advice(1)).isEqualTo(new ShuffleAdvisor.Advice(0, 1, 1, 1, 1));
    assertThat(advisor.advice(1).met()).isTrue();
    assertThatThrownBy(() -> advisor.lanesNeeded(0.9)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> advisor.lanesNeeded(Double.NaN)).isInstanceOf(RefusedException.class);
  }
}
