package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.VersionContent;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderState;
import io.penstock.load.RaggedMode;
import io.penstock.load.RaggedWindow;
import io.penstock.load.Remainder;
import java.util.List;

/// Batches of as many samples as so many bytes or rows hold. How many there are follows from the
/// sizes of the samples: what is said of that here is reckoned from their mean, and decides on
/// memory and foresight alone. The index of a batch is the number of samples before it.
final class SizedSchedule implements BatchSchedule {
  /// What packing leaves empty.
  private static final double FILLED = 0.95;

  /// By how much more samples the batches of some place may have than those of the whole version.
  private static final double UNEVEN = 1.5;

  private final OrderSchedule order;
  private final RaggedMode mode;
  private final long worldSize;
  private final long batch;
  private final double batchSamples;
  private final int rowsBegun;

  /// @param order whose positions are gathered anew
  /// @param means what the samples of the version are like
  /// @throws RefusedException if ranks cannot share the rows, or samples are to be left out
  SizedSchedule(OrderSchedule order, LoaderOptions options, SampleMeans means) {
    this.order = order;
    this.mode = options.form().ragged();
    this.worldSize = options.share().worldSize();
    this.batch = options.batchSize();
    checkRemainder(options.remainder());
    switch (mode) {
      case RaggedMode.MaxBytes(long bytes, _) -> {
        double each = Math.max(1, means.bytes());
        this.batchSamples = Math.clamp(Math.floor(bytes / each), 1.0, (double) batch);
        this.rowsBegun = 0;
      }
      case RaggedMode.Pack(long length, int rows, _, _) -> {
        checkRows(rows);
        double ofRow =
            FILLED * length / Math.max(FILLED, Math.min((double) length, means.packedLength()));
        this.batchSamples = Math.clamp(ofRow * rows, 1.0, (double) RaggedWindow.BATCHES * batch);
        this.rowsBegun = Math.ceilDiv(RaggedWindow.MOST_OPEN_ROWS, rows);
      }
      case RaggedMode.Bucket _, RaggedMode.Layout _ ->
          throw new AssertionError(mode + " counts its batches");
    }
  }

  private void checkRemainder(Remainder remainder) {
    if (remainder != Remainder.UNEVEN) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "remainder "
              + remainder
              + " says nothing of batches by "
              + mode
              + ": they hold all samples, none of them twice, and every rank gets as many of them;"
              + " choose UNEVEN, the default");
    }
  }

  private void checkRows(int rows) {
    if (rows % worldSize != 0) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          worldSize
              + " ranks cannot share batches of "
              + rows
              + " rows equally: pack into a multiple of "
              + worldSize);
    }
  }

  @Override
  public boolean counted() {
    return false;
  }

  @Override
  public long end() {
    return order.orderedSamples();
  }

  @Override
  public long batches() {
    return (long) Math.ceil(end() / batchSamples);
  }

  @Override
  public Samples samples() {
    long usual = (long) Math.ceil(batchSamples / worldSize);
    return switch (mode) {
      case RaggedMode.Pack _ -> {
        long most = Math.max(1, Math.min(RaggedWindow.BATCHES * batch, end()));
        yield new Samples(Math.min(most, (long) Math.ceil(UNEVEN * usual)), most);
      }
      case RaggedMode.MaxBytes _, RaggedMode.Bucket _, RaggedMode.Layout _ ->
          new Samples(usual, batch / worldSize);
    };
  }

  @Override
  public long gapBatches() {
    return batchesOf(order.gapBatches());
  }

  @Override
  public long spanBatches(long groupSamples) {
    return batchesOf(order.spanBatches(groupSamples));
  }

  /// How many batches so many of the order make.
  private long batchesOf(long ofOrder) {
    return ofOrder > Long.MAX_VALUE / batch / 2
        ? ofOrder
        : (long) Math.ceil(UNEVEN * ofOrder * batch / batchSamples) + rowsBegun + 1;
  }

  @Override
  public BatchSource source(VersionContent content, List<Column> columns, RaggedRows[] tables) {
    return order.source(content, columns, tables);
  }

  @Override
  public LoaderState state(long epoch, long index) {
    return order.stateAt(epoch, index);
  }

  /// Whether a batch begins there is found out when its window is gathered.
  @Override
  public long index(LoaderState state) {
    order.check(state);
    return state.samples();
  }
}
