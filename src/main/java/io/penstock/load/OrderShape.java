package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;

/// What an order is like, apart from the version, the seed and the epoch. Neither the number of
/// ranks nor memory nor threads are part of it: they never change the order.
///
/// @param level how thoroughly samples are mixed
/// @param stickyHomes whether a rank meets the same runs in every epoch, so that what it has cached
///   stays useful; for [Level#LANES] only
/// @param batch samples of a global batch (B), over all ranks; 1 to 2^31
/// @param runSamples samples that are read together (L); 1 where the level has no runs
/// @param lanes runs that a batch is drawn from (K), a multiple or a divisor of `batch`, at most
///   2^31; 1 where the level has no lanes
public record OrderShape(
    Level level, boolean stickyHomes, long batch, long runSamples, long lanes) {
  private static final long MOST = 1L << 31;

  /// How thoroughly samples are mixed.
  public enum Level {
    /// Not at all: the order of the version.
    SEQUENTIAL,
    /// Runs are permuted; within a run samples keep their order.
    RUNS,
    /// Runs are permuted, many of them are read side by side, and samples are permuted within each
    /// chunk.
    LANES,
    /// All samples are permuted at once: for small sets and for evaluation.
    FULL
  }

  /// Checks the numbers.
  public OrderShape {
    require(batch >= 1 && batch <= MOST, "batch " + batch + " is not in 1 to 2^31");
    require(
        runSamples >= 1 && runSamples <= SampleSpace.MAX_ROWS,
        "runSamples " + runSamples + " is not in 1 to 2^62");
    require(lanes >= 1 && lanes <= MOST, "lanes " + lanes + " is not in 1 to 2^31");
    require(
        lanes % batch == 0 || batch % lanes == 0,
        "lanes " + lanes + " is neither a multiple nor a divisor of the batch " + batch);
    require(level == Level.LANES || lanes == 1, "lanes " + lanes + " with the level " + level);
    require(level == Level.LANES || !stickyHomes, "stickyHomes with the level " + level);
    require(
        level == Level.LANES || level == Level.RUNS || runSamples == 1,
        "runSamples " + runSamples + " with the level " + level);
  }

  /// The order of the version itself.
  public static OrderShape sequential(long batch) {
    return new OrderShape(Level.SEQUENTIAL, false, batch, 1, 1);
  }

  /// Permuted runs, one after the other.
  public static OrderShape runs(long batch, long runSamples) {
    return new OrderShape(Level.RUNS, false, batch, runSamples, 1);
  }

  /// Lanes over permuted runs.
  public static OrderShape lanes(long batch, long runSamples, long lanes) {
    return new OrderShape(Level.LANES, false, batch, runSamples, lanes);
  }

  /// A permutation of all samples.
  public static OrderShape full(long batch) {
    return new OrderShape(Level.FULL, false, batch, 1, 1);
  }

  /// The same with runs that stay with their rank.
  public OrderShape withStickyHomes() {
    return new OrderShape(level, true, batch, runSamples, lanes);
  }

  /// What one of several ranks sees of this order: its part of each batch, as an order of its own.
  /// How well that part is mixed follows from it, as [SameRunPairs#predicted] and [ShuffleMeter]
  /// want it. Exact if the ranks divide the lanes or the lanes are at least as many as the samples
  /// of a batch; else near enough, since a rank then takes some of the steps of a lane.
  ///
  /// @param worldSize ranks; divides the batch
  /// @throws RefusedException for another world size
  public OrderShape ofOneRank(long worldSize) {
    SampleOrder.checkWorldSize(worldSize, batch);
    long part = batch / worldSize;
    long lanesOfRank = Math.max(1, lanes / worldSize);
    while (lanesOfRank % part != 0 && part % lanesOfRank != 0) {
      lanesOfRank--;
    }
    return new OrderShape(level, stickyHomes, part, runSamples, lanesOfRank);
  }

  /// The groups that a batch takes its samples from in turn (G).
  public long groups() {
    return level == Level.LANES ? Math.min(batch, lanes) : batch;
  }

  private static void require(boolean met, String otherwise) {
    if (!met) {
      throw new RefusedException(ErrorCode.INVALID_ARGUMENT, otherwise);
    }
  }
}
