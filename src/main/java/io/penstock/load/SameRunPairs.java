package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;

/// The same-run pair fraction r(W): how likely two of W consecutive samples lie in the same run. It
/// needs no labels, can be predicted, and tells how much worse than independent draws the batches
/// of an order are. Immutable; pure.
///
/// A run is any row of consecutive samples whose members are alike because they were stored side by
/// side: the runs of an order, its chunks, or the pieces that a sketch was made of.
///
/// @param samples of the epoch (N), 0 or more
/// @param runSamples samples of a run (L), 1 or more
/// @param window samples of the window (W), 1 or more
/// @param fraction of its pairs that lie in one run (r), 0 to 1; 0 for a window of one sample
public record SameRunPairs(long samples, long runSamples, long window, double fraction) {
  /// The prediction for a window takes time that grows with the square of its batches.
  private static final long MOST_BATCHES = 4096;

  /// Checks the numbers.
  public SameRunPairs {
    require(samples >= 0, "samples " + samples + " is negative");
    require(runSamples >= 1, "runSamples " + runSamples + " is less than 1");
    require(window >= 1, "window " + window + " is less than 1");
    require(fraction >= 0 && fraction <= 1, "fraction " + fraction + " is not in 0 to 1");
  }

  /// What an order promises for windows of whole batches, from its shape alone.
  ///
  /// For lanes it is the mean over seeds, to within a few percent where each lane is long enough
  /// (N/K ≥ 4·L); otherwise the ends of lanes, which it leaves out, begin to matter. For
  /// [OrderShape.Level#RUNS] and [OrderShape.Level#SEQUENTIAL] it is the mean over windows that
  /// begin anywhere.
  ///
  /// @param shape of the order
  /// @param samples of the epoch (N)
  /// @param runSamples samples of a run (L): those of the shape, or others that samples are alike
  ///   in, such as those of a chunk
  /// @param batches of the window, 1 to 4096
  /// @throws RefusedException for numbers out of range
  public static SameRunPairs predicted(
      OrderShape shape, long samples, long runSamples, long batches) {
    require(batches >= 1 && batches <= MOST_BATCHES, "batches " + batches + " is not in 1 to 4096");
    long window = Math.multiplyExact(batches, shape.batch());
    if (window == 1) {
      return new SameRunPairs(samples, runSamples, window, 0);
    }
    if (shape.level() == OrderShape.Level.FULL) {
      return new SameRunPairs(samples, runSamples, window, ideal(samples, runSamples));
    }
    // Runs longer than those of the order come in pieces, which are permuted like all others.
    boolean whole = shape.level() == OrderShape.Level.SEQUENTIAL;
    long piece = whole ? runSamples : Math.min(runSamples, shape.runSamples());
    double near = pairs(shape, piece, batches) / (window / 2.0 * (window - 1));
    double far = samples > piece ? (double) (runSamples - piece) / (samples - piece) : 0;
    double fraction = near + (1 - near) * Math.min(far, 1);
    return new SameRunPairs(samples, runSamples, window, Math.clamp(fraction, 0.0, 1.0));
  }

  /// What a permutation of all samples has: (L − 1) / (N − 1).
  public double ideal() {
    return ideal(samples, runSamples);
  }

  private static double ideal(long samples, long runSamples) {
    return samples > 1 ? Math.min(1, (runSamples - 1.0) / (samples - 1.0)) : 0;
  }

  /// The design effect deff(W) = 1 + (W − 1) · r(W) · ICC: by how much the counts of labels vary
  /// more between windows than between as many independent draws.
  ///
  /// It takes samples of different runs for independent, so it suits windows that are small beside
  /// the epoch; for others see [#expectedChiSquare].
  ///
  /// @param intraRunCorrelation correlation of the labels (or of an embedding) of two samples of
  ///   one run (ICC): 0 if storage says nothing about them, 1 if all samples of a run are the same
  public double designEffect(double intraRunCorrelation) {
    return 1 + (window - 1.0) * fraction * intraRunCorrelation;
  }

  /// What χ² of the labels of a window is on average, for each degree of freedom. An epoch has each
  /// sample once, so what one window has too much of the others have too little of: two samples of
  /// different runs are correlated by ρ < 0, with ideal · ICC + (1 − ideal) · ρ = −1 / (N − 1), and
  /// this is 1 + (W − 1) · (r · ICC + (1 − r) · ρ). A permutation of all samples has (N − W) / (N −
  /// 1), whatever the correlation.
  ///
  /// @param intraRunCorrelation as in [#designEffect]
  public double expectedChiSquare(double intraRunCorrelation) {
    if (samples < 2 || ideal() == 1) {
      return designEffect(intraRunCorrelation);
    }
    double between = (-1 / (samples - 1.0) - ideal() * intraRunCorrelation) / (1 - ideal());
    double any = fraction * intraRunCorrelation + (1 - fraction) * between;
    return Math.max(0, 1 + (window - 1.0) * any);
  }

  /// Pairs of one run in a window. A lane gives one sample to each step; two of its samples that
  /// are d steps apart lie in one run with the probability 1 − d/L.
  private static double pairs(OrderShape shape, long runSamples, long batches) {
    if (shape.level() != OrderShape.Level.LANES) {
      return pairsOfALane(batches * shape.batch(), runSamples);
    }
    return shape.lanes() <= shape.batch()
        ? shape.lanes() * pairsOfALane(batches * (shape.batch() / shape.lanes()), runSamples)
        : shape.batch() * pairsOfAGroup(shape.lanes() / shape.batch(), runSamples, batches);
  }

  /// Σ (n − d)(1 − d/L) over 1 ≤ d < min(n, L): pairs of n samples that one lane gives.
  private static double pairsOfALane(long samples, long runSamples) {
    double steps = (double) samples;
    double length = (double) runSamples;
    double last = Math.min(steps, length) - 1;
    double sum = last * (last + 1) / 2;
    double squares = sum * (2 * last + 1) / 3;
    return steps * last - sum * (1 + steps / length) + squares / length;
  }

  /// Pairs of the samples that one group of lanes gives, one to each batch. A step takes `lanes`
  /// batches, in each of them another lane; the next step takes them in an order that has nothing
  /// to do with this one's.
  private static double pairsOfAGroup(long lanes, long runSamples, long batches) {
    // Windows begin at every multiple of `phases` batches of a step.
    long phases = greatestCommonDivisor(batches, lanes);
    double pairs = 0;
    for (long apart = 1; apart < batches; apart++) {
      long steps = apart / lanes;
      long beyond = apart % lanes; // so many of the `lanes` places of a step lead one step further
      double near = steps == 0 ? 0 : inOneRun(steps, runSamples);
      double far = inOneRun(steps + 1, runSamples);
      if (near == 0 && far == 0 && steps > 0) {
        break;
      }
      for (long residue = 0; residue < Math.min(phases, batches - apart); residue++) {
        long firsts = (batches - apart - residue - 1) / phases + 1;
        // Places of a step that are congruent to the residue, and those of the last `beyond`.
        long further =
            atMost(lanes - 1 - residue, phases) - atMost(lanes - beyond - 1 - residue, phases);
        double share = (double) further * phases / lanes;
        pairs += firsts * ((1 - share) * near + share * far) / lanes;
      }
    }
    return pairs;
  }

  /// Numbers 0, p, 2p … that are at most a bound.
  private static long atMost(long bound, long p) {
    return Math.floorDiv(bound, p) + 1;
  }

  private static double inOneRun(long steps, long runSamples) {
    return Math.max(0, 1 - (double) steps / runSamples);
  }

  private static long greatestCommonDivisor(long a, long b) {
    return b == 0 ? a : greatestCommonDivisor(b, a % b);
  }

  private static void require(boolean met, String otherwise) {
    if (!met) {
      throw new RefusedException(ErrorCode.INVALID_ARGUMENT, otherwise);
    }
  }
}
