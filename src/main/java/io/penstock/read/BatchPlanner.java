package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.format.VersionContent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Works out what a batch is made of: its rows, and where the samples of ragged tensors lie. Loads
/// what it needs for that, and blocks then; catalogs alone are loaded meanwhile. One thread at a
/// time.
final class BatchPlanner {
  private final BatchSource source;
  private final VersionContent content;
  private final CatalogsAhead catalogs;
  private final List<Column> columns;
  private final RaggedRows[] tables;
  private final PartPlanner parts;
  private final long foresight;
  private final long maxBatchBytes;
  private final BitSet asked = new BitSet();
  private final ArrayDeque<BatchRows> foreseen = new ArrayDeque<>();

  /// @param tables of the ragged columns, by the columns' numbers
  /// @param parts knows which chunks groups of samples are in
  /// @param foresight so many batches ahead entries of ragged samples are asked for
  BatchPlanner(
      BatchSource source,
      VersionContent content,
      CatalogsAhead catalogs,
      List<Column> columns,
      RaggedRows[] tables,
      PartPlanner parts,
      long foresight,
      long maxBatchBytes) {
    this.source = source;
    this.content = content;
    this.catalogs = catalogs;
    this.columns = columns;
    this.tables = tables;
    this.parts = parts;
    this.foresight = foresight;
    this.maxBatchBytes = maxBatchBytes;
    source.onRows(this::ask);
  }

  /// A batch, or empty behind the last one of the epoch. One that cannot be planned has failed.
  ///
  /// @param ordinal its number among all that are planned
  /// @param early asks for chunks that it will need before that is known for certain, if somebody
  ///   waits for the batch
  Optional<BatchAssembly> batch(
      long epoch, long index, long ordinal, Optional<Consumer<List<ChunkRead>>> early) {
    Optional<BatchRows> rows;
    try {
      rows = rows(epoch, index);
      rows.ifPresent(known -> ask(known, early));
    } catch (PenstockException e) {
      BatchRows unknown = BatchRows.unknown(epoch, index, source.behind(index));
      return Optional.of(BatchAssembly.failed(ordinal, unknown, e));
    }
    return rows.map(known -> batch(known, ordinal));
  }

  private Optional<BatchRows> rows(long epoch, long index) {
    BatchRows next = foreseen.peek();
    if (next != null && next.epoch() == epoch && next.index() == index) {
      return Optional.of(foreseen.remove());
    }
    foreseen.clear();
    tables().forEach(RaggedRows::forgetAsked);
    return source.rows(epoch, index);
  }

  private Stream<RaggedRows> tables() {
    return columns.stream().filter(Column::ragged).map(column -> tables[column.number()]);
  }

  /// Begins to read what a batch needs before its chunks are known, and entries of samples of those
  /// behind it.
  private void ask(BatchRows rows, Optional<Consumer<List<ChunkRead>>> early) {
    ask(rows.rows());
    if (!source.pure() || tables().findAny().isEmpty()) {
      return;
    }
    BatchRows last = foreseen.isEmpty() ? rows : foreseen.getLast();
    while (foreseen.size() < foresight && tables().allMatch(RaggedRows::mayAsk)) {
      Optional<BatchRows> next = source.rows(last.epoch(), last.next());
      if (next.isEmpty()) {
        break;
      }
      last = next.get();
      foreseen.add(last);
      askForEntries(last.rows());
    }
    if (early.isPresent() && !tables().allMatch(table -> table.knows(rows.rows()))) {
      askEarly(rows.rows(), early.get());
    }
  }

  private void ask(long[] rows) {
    askForCatalogs(rows);
    askForEntries(rows);
  }

  private void askForEntries(long[] rows) {
    tables().forEach(table -> table.ask(rows));
  }

  /// Asks for the chunks around some rows while the entries that tell which of them are needed are
  /// on their way: nearly always all of them are.
  private void askEarly(long[] rows, Consumer<List<ChunkRead>> early) {
    try {
      early.accept(parts.chunksAround(rows));
    } catch (PenstockException e) {
      // Told by whoever needs what cannot be read.
    }
  }

  /// The index of the batch behind one.
  ///
  /// @throws PenstockException if it cannot be found out
  long next(long epoch, long index) {
    return source.rows(epoch, index).map(BatchRows::next).orElse(index);
  }

  private BatchAssembly batch(BatchRows rows, long ordinal) {
    try {
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
