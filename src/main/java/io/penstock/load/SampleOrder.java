package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.Hash64;
import io.penstock.tensor.Permutation;

/// The order of a version's samples in one epoch: a pure function of the seed, the epoch and the
/// position, as `format-spec/order-v1.md` specifies it bit for bit. Each position has one sample
/// and each sample one position. Nothing in it grows with the number of samples; a lookup takes
/// time that grows with the logarithm of the number of fragments and allocates nothing. Immutable;
/// thread-safe; no I/O.
///
/// The number of ranks is no part of it: a global batch is the same samples in the same order for
/// every world size, and [#rank] tells which rank takes which of them.
public final class SampleOrder {
  /*
   * Staggered lanes over one permuted line: the runs of the version stand in a permuted row, the
   * line; K lanes cut from it are read side by side, each round and round from a phase of its own,
   * one sample of each in every step. Position → lane → place on the line → run → sample, each a
   * closed formula: Lanes, then homeOf, then Runs.
   */
  private final SampleSpace space;
  private final OrderShape shape;
  private final Lanes lanes;
  private final Runs runs;
  private final long runsKey;
  private final long homeKey;
  private final long chunkKey;
  private final long fullKey;

  private SampleOrder(SampleSpace space, OrderShape shape, OrderKeys keys) {
    this.space = space;
    this.shape = shape;
    lanes = new Lanes(space.samples(), shape, keys.ofEpoch(OrderKeys.STEP));
    runs = new Runs(space, shape.runSamples());
    runsKey = shape.stickyHomes() ? keys.ofSeed(OrderKeys.RUNS) : keys.ofEpoch(OrderKeys.RUNS);
    homeKey = keys.ofEpoch(OrderKeys.HOME);
    chunkKey = keys.ofEpoch(OrderKeys.CHUNK);
    fullKey = keys.ofEpoch(OrderKeys.FULL);
  }

  /// The order of one epoch.
  ///
  /// @param space the samples that are put in order
  /// @param shape what the order is like
  /// @param seed any number
  /// @param epoch from 0
  /// @throws RefusedException for a negative epoch
  public static SampleOrder of(SampleSpace space, OrderShape shape, long seed, long epoch) {
    if (epoch < 0) {
      throw new RefusedException(ErrorCode.INVALID_ARGUMENT, "epoch " + epoch + " is negative");
    }
    return new SampleOrder(space, shape, OrderKeys.of(seed, epoch));
  }

  /// The shape that suits a version: the same on a laptop and on 64 ranks, for it depends on
  /// nothing but the arguments (`format-spec/order-v1.md` §9).
  ///
  /// @param space the samples
  /// @param figures how large they are
  /// @param batch samples of a global batch
  /// @param orderMemory bytes that runs which are being read may take, over all ranks; see
  ///   [VersionFigures#defaultOrderMemory]
  /// @throws RefusedException with code `LIMIT_EXCEEDED` if too few lanes fit to mix a batch; says
  ///   which batch or which memory would do
  public static OrderShape defaultShape(
      SampleSpace space, VersionFigures figures, long batch, long orderMemory) {
    return new OrderDefaults(space, figures).shape(batch, orderMemory);
  }

  /// Positions of the epoch, which are as many as samples.
  public long samples() {
    return space.samples();
  }

  /// What the order is like.
  public OrderShape shape() {
    return shape;
  }

  /// The row of the version whose sample stands at a position; [SampleSpace#fragment] tells the
  /// fragment.
  ///
  /// @param position 0 to samples − 1
  /// @throws RefusedException for a position outside
  public long row(long position) {
    checkPosition(position);
    return switch (shape.level()) {
      case SEQUENTIAL -> space.row(position);
      case FULL -> space.row(Permutation.apply(position, space.samples(), fullKey));
      case RUNS -> {
        long run = position / shape.runSamples();
        yield runs.row(permuted(run), position % shape.runSamples());
      }
      case LANES -> {
        long group = lanes.group(position);
        long place = lanes.place(position, group, lanes.laneInGroup(position));
        long run = homeOf(place / shape.runSamples(), group);
        yield runs.shuffledRow(run, place % shape.runSamples(), chunkKey);
      }
    };
  }

  /// Fills an array with the rows at consecutive positions.
  ///
  /// @param from the first position
  /// @param rows takes one row for each of its elements
  /// @throws RefusedException for positions outside
  public void rows(long from, long[] rows) {
    for (int i = 0; i < rows.length; i++) {
      rows[i] = row(from + i);
    }
  }

  /// The run that a live row of the version lies in, from 0; the same in every epoch. What
  /// [ShuffleMeter] counts.
  ///
  /// @param row as [#row] gives it
  /// @throws RefusedException for a row that the version does not have
  public long run(long row) {
    if (row < 0 || row >= space.rows()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "row " + row + " is not in 0 to " + (space.rows() - 1));
    }
    return runs.run(row);
  }

  /// The rank that takes the sample at a position. Ranks take equal parts of every full batch.
  ///
  /// @param position 0 to samples − 1
  /// @param worldSize ranks; divides the batch
  /// @throws RefusedException for another world size, with the nearest batches that it divides, or
  ///   for a position outside
  public long rank(long position, long worldSize) {
    checkPosition(position);
    checkWorldSize(worldSize, shape.batch());
    return rank(position, worldSize, shape.batch(), shape.groups());
  }

  static long rank(long position, long worldSize, long batch, long groups) {
    long inBatch = position % batch;
    long stepsInBatch = batch / groups;
    return (inBatch % groups * stepsInBatch + inBatch / groups) * worldSize / batch;
  }

  static void checkWorldSize(long worldSize, long batch) {
    if (worldSize < 1) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "worldSize " + worldSize + " is less than 1");
    }
    if (batch % worldSize != 0) {
      long below = batch / worldSize * worldSize;
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "worldSize "
              + worldSize
              + " does not divide the batch "
              + batch
              + "; it divides "
              + (below > 0 ? below + " and " : "")
              + (below + worldSize));
    }
  }

  /// The lane that a position takes its sample from; 0 where there are no lanes.
  long lane(long position) {
    long group = lanes.group(position);
    return group * lanes.lanesInGroup() + lanes.laneInGroup(position);
  }

  /// The run that stands at a place of the line; the short last one keeps its place.
  private long homeOf(long run, long group) {
    if (!shape.stickyHomes() || run >= runs.count()) {
      return permuted(run);
    }
    // Runs that lie whole in one group's part of the line change places within it.
    long first = Math.ceilDiv(lanes.start(group, 0), shape.runSamples());
    long end = lanes.start(group + 1, 0) / shape.runSamples();
    if (run < first || run >= end) {
      return permuted(run);
    }
    long key = Hash64.numbered(homeKey, group);
    return permuted(first + Permutation.apply(run - first, end - first, key));
  }

  private long permuted(long run) {
    return run < runs.count() ? Permutation.apply(run, runs.count(), runsKey) : run;
  }

  private void checkPosition(long position) {
    if (position < 0 || position >= space.samples()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "position " + position + " is not in 0 to " + (space.samples() - 1));
    }
  }
}
