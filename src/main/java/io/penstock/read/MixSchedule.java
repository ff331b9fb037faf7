package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.VersionContent;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderState;
import io.penstock.load.MixSegment;
import io.penstock.load.MixSource;
import io.penstock.load.MixedOrder;
import io.penstock.load.OrderShape;
import io.penstock.load.Remainder;
import io.penstock.load.SampleOrder;
import io.penstock.load.SampleSpace;
import io.penstock.load.Share;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Batches of B consecutive positions of a [MixedOrder], of which each rank takes B/W consecutive
/// ones. All batches are full.
final class MixSchedule implements BatchSchedule, BatchSource {
  /*
   * Rows are counted through all versions, one behind the other, as MixedContent puts them. Of each
   * stream the orders of two epochs are kept: near the end of one the next batch may need the other.
   */
  private final MixSource source;
  private final List<OrderShape> shapes;
  private final MixedOrder mix;
  private final long seed;
  private final int batch;
  private final Share share;
  private final long[] firstRow;
  private final @Nullable Epoch[][] epochs;

  /// The order of one epoch of a stream.
  private record Epoch(long number, SampleOrder order) {}

  /// @param rows all rows of each version
  /// @param shapes of each stream's own order
  MixSchedule(MixSource source, long[] rows, List<OrderShape> shapes, LoaderOptions options) {
    this.source = source;
    this.shapes = List.copyOf(shapes);
    this.seed = options.seed();
    this.mix = MixedOrder.of(seed, source.segments());
    this.batch = options.batchSize();
    this.share = options.share();
    this.firstRow = new long[rows.length];
    for (int s = 1; s < rows.length; s++) {
      firstRow[s] = Math.addExact(firstRow[s - 1], rows[s - 1]);
    }
    this.epochs = new Epoch[rows.length][2];
  }

  @Override
  public Samples samples() {
    long each = batch / share.worldSize();
    return new Samples(each, each);
  }

  @Override
  public BatchSource source(VersionContent content, List<Column> columns, RaggedRows[] tables) {
    return this;
  }

  @Override
  public long batches() {
    return Math.max(1, source.epochSamples() / batch);
  }

  @Override
  public Optional<BatchRows> rows(long epoch, long index) {
    if (index >= batches()) {
      return Optional.empty();
    }
    int each = batch / share.worldSize();
    long from = position(epoch, index) + (long) share.rank() * each;
    int[] streams = new int[each];
    long[] rows = new long[each];
    mix.fill(from, streams, rows);
    for (int i = 0; i < each; i++) {
      rows[i] = row(streams[i], rows[i]);
    }
    return Optional.of(BatchRows.mixed(epoch, index, rows, streams));
  }

  private long position(long epoch, long index) {
    long batchNumber = Math.addExact(Math.multiplyExact(epoch, batches()), index);
    return Math.multiplyExact(batchNumber, batch);
  }

  private long row(int stream, long index) {
    SampleSpace space = source.streams().get(stream).space();
    return firstRow[stream] + order(stream, index / space.samples()).row(index % space.samples());
  }

  private SampleOrder order(int stream, long number) {
    int slot = (int) (number & 1);
    Epoch known = epochs[stream][slot];
    if (known == null || known.number() != number) {
      SampleSpace space = source.streams().get(stream).space();
      known =
          new Epoch(
              number, SampleOrder.of(space, shapes.get(stream), mix.streamSeed(stream), number));
      epochs[stream][slot] = known;
    }
    return known.order();
  }

  @Override
  public long gapBatches() {
    long gap = 1;
    for (int s = 0; s < shapes.size(); s++) {
      OrderShape shape = shapes.get(s);
      gap = Math.max(gap, batches(s, OrderSchedule.gapBatches(shape) * shape.batch()));
    }
    return gap;
  }

  @Override
  public long spanBatches(long groupSamples) {
    long span = 1;
    for (int s = 0; s < shapes.size(); s++) {
      OrderShape shape = shapes.get(s);
      long inEpoch = Math.ceilDiv(source.streams().get(s).space().samples(), shape.batch());
      long ofStream = OrderSchedule.spanBatches(shape, groupSamples, inEpoch);
      span = Math.max(span, batches(s, ofStream * shape.batch()));
    }
    return span;
  }

  /// Batches in which a stream gives so many samples, at the least of its weights.
  private long batches(int stream, long samples) {
    double least = 1;
    for (MixSegment segment : source.segments()) {
      double sum = segment.weights().stream().mapToLong(Long::longValue).sum();
      double part = segment.weights().get(stream) / sum;
      least = part > 0 ? Math.min(least, part) : least;
    }
    return (long) Math.ceil(samples / least / batch) + 1;
  }

  @Override
  public LoaderState state(long epoch, long index) {
    // The orders of the streams stand in the hash, for a state has room for one.
    OrderShape none = OrderShape.sequential(batch);
    long options = LoaderState.optionsHash(none, Remainder.DROP, words(position(epoch, index)));
    return new LoaderState(source.content(), "", seed, epoch, index * batch, batch, 1, 1, options);
  }

  /// What the samples before a position depend on: weights from there on may change.
  private String words(long position) {
    StringBuilder words = new StringBuilder("mix, batches ").append(batches());
    for (OrderShape shape : shapes) {
      words
          .append(", ")
          .append(shape.level())
          .append(shape.stickyHomes() ? " sticky " : " ")
          .append(shape.batch())
          .append(' ')
          .append(shape.runSamples())
          .append(' ')
          .append(shape.lanes());
    }
    for (MixSegment segment : source.segments()) {
      if (segment.start() < position) {
        words.append(", from ").append(segment.start());
        segment.weights().forEach(weight -> words.append(' ').append(weight.longValue()));
      }
    }
    return words.toString();
  }

  @Override
  public long index(LoaderState state) {
    if (state.samples() % batch != 0 || state.samples() > batches() * batch) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          state.samples()
              + " delivered samples are not a number of whole batches of "
              + batch
              + " in an epoch of "
              + batches());
    }
    long index = state.samples() / batch;
    LoaderState own = state(state.epoch(), index);
    if (!own.equals(state)) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, state + " is not a state of this mix, which has " + own);
    }
    return index;
  }
}
