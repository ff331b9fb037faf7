package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.stream.LongStream;

/// Predicts how well an order mixes the labels of a version, before a sample is read: from the
/// shape of the order and from how alike samples are that are stored together. Immutable;
/// thread-safe; pure.
public final class ShuffleAdvisor {
  /*
   * deff(W) = 1 + (W − 1) · r(W) · ICC, with the ICC of those pairs that meet. A lane goes through
   * its run from one end to the other, so what meets in a window is closer than any two samples of
   * the run: samples of one chunk are as alike as chunks are; those of different chunks as the pairs
   * of different chunks in a stretch of the run, as long as the pairs that meet are apart on average.
   * Where the correlation is the same at all lengths that is the formula as it stands. An order that
   * keeps the storage's own order within a run, or altogether, has windows that are stretches of
   * their own length.
   */

  /// What a batch may vary more than independent draws before it is worth while to do something.
  public static final double TARGET = 1.1;

  /// An optimizer with momentum sees about so many batches at a time.
  private static final long SEVERAL = 20;

  private final OrderShape shape;
  private final long samples;
  private final long chunkSamples;
  private final RunCorrelation correlation;

  /// An advisor for one order of a version.
  ///
  /// @param shape of the order
  /// @param space the samples that it goes over
  /// @param correlation of the version's labels
  public ShuffleAdvisor(OrderShape shape, SampleSpace space, RunCorrelation correlation) {
    this(shape, space.samples(), space.largestGroup(), correlation);
  }

  ShuffleAdvisor(OrderShape shape, long samples, long chunkSamples, RunCorrelation correlation) {
    this.shape = shape;
    this.samples = samples;
    this.chunkSamples = chunkSamples;
    this.correlation = correlation;
  }

  /// What there is to say.
  ///
  /// @param correlation of the labels of two samples of one run (ICC)
  /// @param batch the design effect of one batch (W = B)
  /// @param batches the same of twenty batches in a row (W = 20 B), which is what momentum sees
  /// @param target the most that a batch should have
  /// @param lanesNeeded the fewest lanes with which a batch has no more than that
  public record Advice(
      double correlation, double batch, double batches, double target, long lanesNeeded) {
    /// Whether batches are good enough as they are.
    public boolean met() {
      return batch <= target;
    }
  }

  /// The advice for a target.
  ///
  /// @param target the most that the design effect of a batch should be, 1 or more: [#TARGET]
  /// @throws RefusedException for less than 1
  public Advice advice(double target) {
    return new Advice(
        correlation.at(Math.min(runSamples(), Math.max(1, samples))),
        designEffect(1),
        designEffect(SEVERAL),
        target,
        lanesNeeded(target));
  }

  /// The design effect of windows of so many batches: by how much the counts of labels vary more
  /// from window to window than if each sample were drawn by itself. 1 is ideal; see
  /// [SameRunPairs#designEffect]. It takes windows for small beside the epoch.
  ///
  /// @param batches of the window, 1 to 4096
  /// @throws RefusedException for a number out of range
  public double designEffect(long batches) {
    return designEffect(shape, batches);
  }

  private double designEffect(OrderShape order, long batches) {
    SameRunPairs inRun = pairs(order, order.runSamples(), batches);
    double beside = inRun.window() - 1.0;
    return switch (order.level()) {
      case FULL -> 1;
      case SEQUENTIAL -> 1 + beside * correlation.at(inRun.window());
      case RUNS ->
          1
              + beside
                  * inRun.fraction()
                  * correlation.at(Math.min(inRun.window(), order.runSamples()));
      case LANES -> {
        long chunk = Math.min(chunkSamples, order.runSamples());
        double inChunk = pairs(order, chunk, batches).fraction();
        double inRestOfRun = Math.max(0, inRun.fraction() - inChunk);
        long stretch = stretch(chunk, order, (double) inRun.window() / order.lanes());
        yield 1
            + beside
                * (inChunk * correlation.at(chunk) + inRestOfRun * betweenChunks(chunk, stretch));
      }
    };
  }

  private SameRunPairs pairs(OrderShape order, long together, long batches) {
    return SameRunPairs.predicted(order, samples, together, batches);
  }

  /// How long the stretch of a run is whose pairs are as far apart as those that meet: of two
  /// samples of `steps` that a lane gives, which are in one run with the probability 1 − d/L. Pairs
  /// of a stretch are a third of it apart.
  private static long stretch(long chunk, OrderShape order, double steps) {
    double run = order.runSamples();
    double most = Math.min(steps, run);
    double pairs =
        steps * most - (1 + steps / run) * most * most / 2 + most * most * most / (3 * run);
    double distances =
        most * most * (steps / 2 - (1 + steps / run) * most / 3 + most * most / (4 * run));
    long stretch = pairs > 0 ? Math.round(3 * distances / pairs) : 0;
    return Math.min(Math.max(stretch, 2 * chunk), order.runSamples());
  }

  /// The correlation of two samples of a stretch that are not of one chunk: what its pairs have
  /// beyond those of its chunks.
  private double betweenChunks(long chunk, long stretch) {
    if (stretch <= chunk) {
      return 0;
    }
    double ofStretch = (stretch - 1.0) * correlation.at(stretch);
    double ofChunks = (chunk - 1.0) * correlation.at(chunk);
    return (ofStretch - ofChunks) / (stretch - chunk);
  }

  /// The fewest lanes with which the design effect of a batch is at most `target`, with runs as
  /// long as they are: a divisor of the batch. With as many lanes as the batch has samples no two
  /// of them are of one run, so there is always an answer; what it costs in memory is not looked
  /// at.
  ///
  /// @param target 1 or more
  /// @throws RefusedException for less than 1
  public long lanesNeeded(double target) {
    if (!(target >= 1)) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "a design effect of " + target + " is less than 1");
    }
    long batch = shape.batch();
    long root = (long) Math.sqrt((double) batch);
    return LongStream.rangeClosed(1, root)
        .filter(divisor -> batch % divisor == 0)
        .flatMap(divisor -> LongStream.of(divisor, batch / divisor))
        .sorted()
        .filter(lanes -> {
          OrderShape order = OrderShape.lanes(batch, runSamples(), lanes);
          return designEffect(order, 1) <= target;
        })
        .findFirst()
        .orElse(batch);
  }

  /// Samples of a run; of a chunk where the order has no runs.
  private long runSamples() {
    return switch (shape.level()) {
      case LANES, RUNS -> shape.runSamples();
      case SEQUENTIAL, FULL -> chunkSamples;
    };
  }
}
