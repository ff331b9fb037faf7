package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.VersionContent;
import io.penstock.load.LoaderOptions;
import io.penstock.load.RaggedMode;
import io.penstock.load.RaggedWindow;
import io.penstock.load.SampleOrder;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The batches of an order, gathered anew inside windows by the sizes of their samples. Reads these
/// sizes, a window at a time.
final class WindowSource implements BatchSource {
  /*
   * Buckets have B samples each and are counted; what does not fill a batch stays as the order puts
   * it. All others have the number of samples before them for an index, so that a place in an epoch
   * is found without a look at the windows before.
   */
  /// The next window is looked at ahead if it has not more samples.
  private static final long MOST_FORESEEN = 1 << 20;

  private static final long[] NONE = {};

  private final VersionContent content;
  private final OrderSchedule schedule;
  private final LoaderOptions options;
  private final RaggedMode mode;
  private final List<Column> sized;
  private final RaggedRows[] tables;
  private final long fixedBytes;
  private final boolean counted;
  private final long windowSamples;
  private Consumer<long[]> onRows = _ -> {};
  private @Nullable RaggedWindow window;
  private long windowEpoch;
  private long windowNumber;
  private long[] windowRows = NONE;
  private long nextEpoch = -1;
  private long nextNumber;
  private long[] nextRows = NONE;

  /// @param columns that are read, of which some are ragged
  /// @param tables of those, by their numbers
  WindowSource(
      VersionContent content,
      OrderSchedule schedule,
      LoaderOptions options,
      List<Column> columns,
      RaggedRows[] tables) {
    this.content = content;
    this.schedule = schedule;
    this.options = options;
    this.mode = options.form().ragged();
    this.sized =
        columns.stream()
            .filter(mode instanceof RaggedMode.Pack ? Column::packedOutput : Column::ragged)
            .toList();
    this.tables = tables;
    this.fixedBytes =
        columns.stream()
            .mapToLong(column -> column.ragged() ? 0 : column.sampleBytes())
            .reduce(0, Math::addExact);
    this.counted = mode instanceof RaggedMode.Bucket;
    this.windowSamples = Math.multiplyExact(RaggedWindow.BATCHES, (long) options.batchSize());
  }

  @Override
  public Optional<BatchRows> rows(long epoch, long index) {
    if (counted && index >= schedule.fullBatches()) {
      return schedule.rows(epoch, index);
    }
    if (!counted && index >= schedule.orderedSamples()) {
      return Optional.empty();
    }
    RaggedWindow batches =
        window(epoch, counted ? index / RaggedWindow.BATCHES : index / windowSamples);
    int batch =
        counted ? (int) (index % RaggedWindow.BATCHES) : batches.batchAt(index % windowSamples);
    if (batch < 0) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          index + " delivered samples are not a number of whole batches by " + mode);
    }
    int[] positions = batches.positions(batch, options.share());
    long[] rows = new long[positions.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = windowRows[positions[i]];
    }
    long next =
        counted ? index + 1 : windowNumber * windowSamples + batches.samplesBefore(batch + 1);
    return Optional.of(
        BatchRows.gathered(epoch, index, next, rows, batches.rowEnds(batch, options.share())));
  }

  @Override
  public boolean pure() {
    return false;
  }

  @Override
  public void onRows(Consumer<long[]> listener) {
    onRows = listener;
  }

  /// Without sizes a whole window is lost, as far as it is not counted.
  @Override
  public long behind(long index) {
    return counted
        ? index + 1
        : Math.min(schedule.orderedSamples(), (index / windowSamples + 1) * windowSamples);
  }

  /// The batches of a window; the last one is kept, with the rows of its positions.
  private RaggedWindow window(long epoch, long number) {
    RaggedWindow known = window;
    if (known == null || windowEpoch != epoch || windowNumber != number) {
      long[] rows =
          nextEpoch == epoch && nextNumber == number
              ? nextRows
              : rows(schedule.order(epoch), number);
      onRows.accept(rows);
      if (windowSamples <= MOST_FORESEEN) {
        nextRows = rows(schedule.order(epoch), number + 1);
        nextEpoch = epoch;
        nextNumber = number + 1;
        onRows.accept(nextRows);
      }
      known =
          RaggedWindow.of(
              mode, schedule.shape(), options.seed(), epoch, number, sizes(rows), fixedBytes);
      window = known;
      windowEpoch = epoch;
      windowNumber = number;
      windowRows = rows;
    }
    return known;
  }

  private long[] rows(SampleOrder order, long number) {
    long first = number * windowSamples;
    long all = counted ? schedule.fullBatches() * options.batchSize() : order.samples();
    long[] rows = new long[Math.toIntExact(Math.clamp(all - first, 0, windowSamples))];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = order.row(first + i);
    }
    return rows;
  }

  private long[][] sizes(long[] rows) {
    long[][] sizes = new long[sized.size()][];
    for (int tensor = 0; tensor < sizes.length; tensor++) {
      Column column = sized.get(tensor);
      sizes[tensor] = sizes(column, tables[column.number()].table(rows));
      if (mode instanceof RaggedMode.Pack) {
        checkAlike(rows, sizes[0], sizes[tensor], column);
      }
    }
    return sizes;
  }

  /// Lengths where samples are packed, else bytes: of buckets those of the samples alone, for what
  /// is bounded with the padding to a length that was said.
  private long[] sizes(Column column, SampleTable table) {
    long[] sizes = new long[table.samples()];
    for (int i = 0; i < sizes.length; i++) {
      long bytes = table.elements(i) * column.elementBytes();
      sizes[i] =
          switch (mode) {
            case RaggedMode.Pack _ -> table.length(i);
            case RaggedMode.MaxBytes _ -> {
              long length = column.placement().saidLength();
              yield length > 0 ? column.bytesOfLength(length) : bytes;
            }
            case RaggedMode.Bucket _, RaggedMode.Layout _ -> bytes;
          };
    }
    return sizes;
  }

  private void checkAlike(long[] rows, long[] lengths, long[] others, Column other) {
    for (int i = 0; i < lengths.length; i++) {
      if (lengths[i] != others[i]) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "sample id "
                + SampleIds.of(content, rows[i])
                + " has the length "
                + lengths[i]
                + " in tensor "
                + sized.getFirst().spec().name()
                + " and "
                + others[i]
                + " in tensor "
                + other.spec().name()
                + "; tensors that are packed together have to have the same");
      }
    }
  }
}
