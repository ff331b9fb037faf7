package io.penstock.read;

import io.penstock.load.LoaderOptions;
import io.penstock.load.RaggedMode;
import io.penstock.load.RaggedWindow;
import io.penstock.load.SampleOrder;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The batches of an order, gathered anew inside windows so that the samples of a batch have about
/// the same length. Batches that do not fill stay as they are.
final class BucketSource implements BatchSource {
  private final OrderSchedule schedule;
  private final LoaderOptions options;
  private final RaggedMode.Bucket mode;
  private final List<Column> ragged;
  private final RaggedRows[] tables;
  private @Nullable RaggedWindow window;
  private long windowEpoch = -1;
  private long windowNumber = -1;

  /// @param columns of which some are ragged
  /// @param tables of those, by their numbers
  BucketSource(
      OrderSchedule schedule,
      LoaderOptions options,
      RaggedMode.Bucket mode,
      List<Column> columns,
      RaggedRows[] tables) {
    this.schedule = schedule;
    this.options = options;
    this.mode = mode;
    this.ragged = columns.stream().filter(Column::ragged).toList();
    this.tables = tables;
  }

  @Override
  public Optional<BatchRows> rows(long epoch, long index) {
    if (index >= schedule.fullBatches()) {
      return schedule.rows(epoch, index);
    }
    SampleOrder order = schedule.order(epoch);
    long number = index / RaggedWindow.BATCHES;
    int batch = (int) (index % RaggedWindow.BATCHES);
    int[] positions = window(order, epoch, number).positions(batch, options.share());
    long[] rows = new long[positions.length];
    long first = number * RaggedWindow.BATCHES * options.batchSize();
    for (int i = 0; i < rows.length; i++) {
      rows[i] = order.row(first + positions[i]);
    }
    return Optional.of(
        new BatchRows(epoch, index, rows, rows.length, (index + 1) * options.batchSize()));
  }

  private RaggedWindow window(SampleOrder order, long epoch, long number) {
    RaggedWindow known = window;
    if (known == null || windowEpoch != epoch || windowNumber != number) {
      long firstBatch = number * RaggedWindow.BATCHES;
      long batches = Math.min(RaggedWindow.BATCHES, schedule.fullBatches() - firstBatch);
      known =
          RaggedWindow.of(
              mode,
              schedule.shape(),
              options.seed(),
              epoch,
              number,
              sizes(order, firstBatch * options.batchSize(), batches * options.batchSize()),
              0);
      window = known;
      windowEpoch = epoch;
      windowNumber = number;
    }
    return known;
  }

  private long[][] sizes(SampleOrder order, long first, long count) {
    long[] rows = new long[Math.toIntExact(count)];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = order.row(first + i);
    }
    long[][] sizes = new long[ragged.size()][rows.length];
    for (int tensor = 0; tensor < sizes.length; tensor++) {
      Column column = ragged.get(tensor);
      SampleTable table = tables[column.number()].table(rows);
      for (int i = 0; i < rows.length; i++) {
        sizes[tensor][i] = table.elements(i) * column.elementBytes();
      }
    }
    return sizes;
  }
}
