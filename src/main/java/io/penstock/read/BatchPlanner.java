package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.format.VersionContent;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/// Works out what a batch is made of: its rows, and where the samples of ragged tensors lie. Loads
/// what it needs for that, and blocks then; catalogs alone are loaded meanwhile. One thread at a
/// time.
final class BatchPlanner {
  private final BatchSource source;
  private final VersionContent content;
  private final CatalogsAhead catalogs;
  private final List<Column> columns;
  private final RaggedRows[] tables;
  private final long maxBatchBytes;
  private final BitSet asked = new BitSet();

  /// @param tables of the ragged columns, by the columns' numbers
  BatchPlanner(
      BatchSource source,
      VersionContent content,
      CatalogsAhead catalogs,
      List<Column> columns,
      RaggedRows[] tables,
      long maxBatchBytes) {
    this.source = source;
    this.content = content;
    this.catalogs = catalogs;
    this.columns = columns;
    this.tables = tables;
    this.maxBatchBytes = maxBatchBytes;
  }

  /// A batch, or empty behind the last one of the epoch. One that cannot be planned has failed.
  ///
  /// @param ordinal its number among all that are planned
  Optional<BatchAssembly> batch(long epoch, long index, long ordinal) {
    Optional<BatchRows> rows;
    try {
      rows = source.rows(epoch, index);
    } catch (PenstockException e) {
      BatchRows unknown = BatchRows.unknown(epoch, index, source.behind(index));
      return Optional.of(BatchAssembly.failed(ordinal, unknown, e));
    }
    return rows.map(known -> batch(known, ordinal));
  }

  /// The index of the batch behind one.
  ///
  /// @throws PenstockException if it cannot be found out
  long next(long epoch, long index) {
    return source.rows(epoch, index).map(BatchRows::next).orElse(index);
  }

  private BatchAssembly batch(BatchRows rows, long ordinal) {
    try {
      askForCatalogs(rows.rows());
      SampleTable[] ofBatch = new SampleTable[columns.size()];
      for (Column column : columns) {
        if (column.ragged()) {
          SampleTable table = tables[column.number()].table(rows.rows());
          ofBatch[column.number()] =
              column
                  .placement()
                  .place(table, rows, sample -> SampleIds.of(content, rows.rows()[sample]));
        }
      }
      BatchAssembly batch = new BatchAssembly(ordinal, rows, columns, ofBatch);
      checkSize(batch);
      return batch;
    } catch (PenstockException e) {
      return BatchAssembly.failed(ordinal, rows, e);
    }
  }

  /// Begins to load the catalogs of fragments that are met for the first time.
  private void askForCatalogs(long[] rows) {
    List<StoredTensors.Key> missing = new ArrayList<>();
    long first = 0;
    long end = 0;
    for (long row : rows) {
      if (row < first || row >= end) {
        int fragment = content.fragmentAt(row);
        first = content.firstRow(fragment);
        end = content.firstRow(fragment + 1);
        if (!asked.get(fragment)) {
          asked.set(fragment);
          columns.forEach(
              column -> missing.add(new StoredTensors.Key(fragment, column.spec().name())));
        }
      }
    }
    catalogs.ask(missing);
  }

  private void checkSize(BatchAssembly batch) {
    if (batch.elementBytes() > maxBatchBytes) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          "batch "
              + batch.rows().index()
              + " of epoch "
              + batch.rows().epoch()
              + " has "
              + batch.elementBytes()
              + " bytes, maxBatchBytes is "
              + maxBatchBytes
              + ": raise it or the memory budget, or make batches smaller");
    }
  }
}
