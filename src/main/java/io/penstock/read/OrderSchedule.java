package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.VersionContent;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderState;
import io.penstock.load.OrderShape;
import io.penstock.load.OrderSource;
import io.penstock.load.RaggedMode;
import io.penstock.load.RaggedWindow;
import io.penstock.load.Remainder;
import io.penstock.load.SampleOrder;
import io.penstock.load.Share;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Batches of B consecutive positions of a [SampleOrder], of which each rank takes its positions,
/// in ascending order.
final class OrderSchedule implements BatchSchedule, BatchSource {
  /*
   * Of a global batch, position o stands in group o mod G at turn ⌊o/G⌋, and has the number
   * q = (o mod G)·B/G + ⌊o/G⌋; rank r has the numbers r·B/W … (r+1)·B/W − 1. So in each turn a rank
   * has consecutive groups, and no position of another rank is looked at.
   *
   * Positions behind the last sample, in a padded batch, repeat those of the same batch from its
   * first on.
   */
  private final OrderSource source;
  private final OrderShape shape;
  private final long seed;
  private final Remainder remainder;
  private final LoaderOptions options;
  private final RaggedMode ragged;
  private final String gathering;
  private final long firstNumber;
  private final long endNumber;
  private @Nullable SampleOrder order;
  private long orderEpoch = -1;

  /// @param gathering in words that never change, what else decides on which samples come together;
  ///   empty for nothing
  OrderSchedule(OrderSource source, OrderShape shape, LoaderOptions options, String gathering) {
    this.source = source;
    this.shape = shape;
    this.options = options;
    this.seed = options.seed();
    this.remainder = options.remainder();
    this.ragged = options.form().ragged();
    this.gathering = gathering;
    Share share = options.share();
    long each = shape.batch() / share.worldSize();
    this.firstNumber = share.rank() * each;
    this.endNumber = firstNumber + each;
  }

  @Override
  public long batches() {
    long samples = source.space().samples();
    long full = samples / shape.batch();
    long rest = samples % shape.batch();
    return switch (remainder) {
      case DROP -> full;
      case PAD -> full + (rest > 0 ? 1 : 0);
      case UNEVEN -> full + (valid(rest) > 0 ? 1 : 0);
    };
  }

  @Override
  public Optional<BatchRows> rows(long epoch, long index) {
    if (index >= batches()) {
      return Optional.empty();
    }
    long from = index * shape.batch();
    long count = Math.min(shape.batch(), source.space().samples() - from);
    int valid = valid(count);
    int length =
        Math.toIntExact(remainder == Remainder.PAD ? endNumber - firstNumber : (long) valid);
    long[] rows = new long[length];
    SampleOrder ofEpoch = order(epoch);
    long turns = shape.batch() / shape.groups();
    int at = 0;
    for (long turn = 0; turn < turns && at < length; turn++) {
      long end = Math.ceilDiv(endNumber - turn, turns);
      for (long group = Math.ceilDiv(firstNumber - turn, turns);
          group < end && at < length;
          group++) {
        long inBatch = turn * shape.groups() + group;
        rows[at++] = ofEpoch.row(from + (inBatch < count ? inBatch : inBatch % count));
      }
    }
    return Optional.of(BatchRows.counted(epoch, index, rows, valid));
  }

  /// How many of the first positions of a batch are this rank's.
  private int valid(long count) {
    long turns = shape.batch() / shape.groups();
    long valid = 0;
    for (long turn = 0; turn < turns; turn++) {
      long first = turn * shape.groups() + Math.ceilDiv(firstNumber - turn, turns);
      long end = turn * shape.groups() + Math.ceilDiv(endNumber - turn, turns);
      valid += Math.max(0, Math.min(end, count) - first);
    }
    return Math.toIntExact(valid);
  }

  @Override
  public Samples samples() {
    long each = Math.max(1, Math.min(endNumber - firstNumber, orderedSamples()));
    return new Samples(each, each);
  }

  @Override
  public BatchSource source(VersionContent content, List<Column> columns, RaggedRows[] tables) {
    return ragged.windowed() ? new WindowSource(content, this, options, columns, tables) : this;
  }

  /// Samples of an epoch, over all ranks.
  long orderedSamples() {
    return source.space().samples();
  }

  /// Batches of an epoch that are full, over all ranks.
  long fullBatches() {
    return source.space().samples() / shape.batch();
  }

  OrderShape shape() {
    return shape;
  }

  /// The order of an epoch.
  SampleOrder order(long epoch) {
    SampleOrder known = order;
    if (known == null || orderEpoch != epoch) {
      known = SampleOrder.of(source.space(), shape, seed, epoch);
      order = known;
      orderEpoch = epoch;
    }
    return known;
  }

  @Override
  public long gapBatches() {
    return inWindows(gapBatches(shape));
  }

  /// The same for any order.
  static long gapBatches(OrderShape shape) {
    return switch (shape.level()) {
      case SEQUENTIAL, RUNS -> 1;
      case LANES -> Math.max(1, 2 * Math.ceilDiv(shape.lanes(), shape.batch()));
      case FULL -> Long.MAX_VALUE;
    };
  }

  @Override
  public long spanBatches(long groupSamples) {
    return inWindows(spanBatches(shape, groupSamples, batches()));
  }

  /// What some batches in a row may extend over when windows are gathered anew, unless samples stay
  /// near their places: all batches of the windows in which they lie. So many batches touch one
  /// window more than they fill, wherever they begin but at a window's first batch; and a sample of
  /// the first window may come first in it, one of the last window last. So it cannot be less.
  private long inWindows(long inOrder) {
    long window = RaggedWindow.BATCHES;
    return !ragged.movesFar() || inOrder > Long.MAX_VALUE / 2
        ? inOrder
        : (Math.ceilDiv(inOrder - 1, window) + 1) * window;
  }

  /// The same for any order.
  ///
  /// @param batches of an epoch
  static long spanBatches(OrderShape shape, long groupSamples, long batches) {
    return switch (shape.level()) {
      case SEQUENTIAL, RUNS -> Math.ceilDiv(groupSamples - 1, shape.batch()) + 1;
      case LANES ->
          shape.lanes() >= shape.batch()
              ? groupSamples * (shape.lanes() / shape.batch())
              : Math.ceilDiv((groupSamples - 1) * shape.lanes(), shape.batch()) + 1;
      case FULL -> batches;
    };
  }

  @Override
  public LoaderState state(long epoch, long index) {
    return stateAt(epoch, Math.min(orderedSamples(), index * shape.batch()));
  }

  /// The state when so many samples are delivered.
  LoaderState stateAt(long epoch, long samples) {
    return new LoaderState(
        source.content(),
        source.view(),
        seed,
        epoch,
        samples,
        shape.batch(),
        shape.lanes(),
        shape.runSamples(),
        LoaderState.optionsHash(shape, remainder, gathering));
  }

  @Override
  public long index(LoaderState state) {
    check(state);
    if (state.samples() % shape.batch() != 0 && state.samples() != orderedSamples()) {
      throw refused(
          state.samples()
              + " delivered samples are not a number of whole batches of "
              + shape.batch());
    }
    return Math.min(batches(), Math.ceilDiv(state.samples(), shape.batch()));
  }

  /// Refuses a state of another order, or of more samples than there are.
  void check(LoaderState state) {
    if (!stateAt(state.epoch(), state.samples()).equals(state)) {
      throw refused(state + " is not a state of " + stateAt(0, 0));
    }
    if (state.samples() > orderedSamples()) {
      throw refused(
          state.samples()
              + " delivered samples are more than the "
              + orderedSamples()
              + " of an epoch");
    }
  }

  private static RefusedException refused(String what) {
    return new RefusedException(ErrorCode.INVALID_ARGUMENT, what);
  }
}
