package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.TensorExtent;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderStats;
import io.penstock.load.OrderShape;
import io.penstock.load.ShuffleReport;
import io.penstock.store.Store;
import io.penstock.store.StoreCounts;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// The parts of one loader, put together: its memory, its pipeline, what it has on its way. Made
/// whole or not at all; closed by the loader.
final class LoaderLine implements AutoCloseable {
  private static final long MIB = 1L << 20;

  /// For entries of ragged samples: some requests side by side.
  private static final long TABLE_BYTES = MIB;

  /// With more, the entries that the first batch needs are asked for at once, not one after the
  /// other.
  private static final long MOST_TABLE_BYTES = 16 * MIB;

  /// For the entries of one lane: two chunks of 64 KiB, stored and decoded.
  private static final long LANE_TABLE_BYTES = MIB / 4;

  private static final long TABLE_SHARE = 16;

  /// Uses of samples are noted ahead for so many at most, 12 bytes each.
  private static final long MOST_PLANNED_SAMPLES = 4 * MIB;

  /// Rows are looked at ahead of planning for so many at most, 8 bytes each.
  private static final long MOST_FORESEEN_SAMPLES = MIB / 16;

  private static final long LONGEST_REQUEST_BYTES = 8 * MIB;

  private final ReentrantLock lock = new ReentrantLock();
  private final Optional<BufferPool> tableMemory;
  private final LoaderMemory memory;
  private final CatalogsAhead catalogs;
  private final Pipeline pipeline;
  private final LoaderTally tally;
  private final Source source;
  private final StoreCounts storeCounts;

  /// The least memory that a line takes. Pure.
  static long leastBytes(MemoryNeeds needs, List<Column> columns, int codecThreads) {
    boolean ragged = columns.stream().anyMatch(Column::ragged);
    return needs.leastBytes(codecThreads) + (ragged ? TABLE_BYTES : 0);
  }

  /// What a line reads from.
  record Source(
      Store store, VersionContent content, ReadEngine.Parts parts, StoredTensors tensors) {}

  /// Takes the memory.
  ///
  /// @param tally counts what it does
  /// @throws RefusedException if the memory is not free, or the options do not fit the tensors
  LoaderLine(
      Source source,
      List<TensorSpec> specs,
      LoaderOptions options,
      OrderShape shape,
      BatchSchedule schedule,
      LoaderTally tally) {
    VersionContent content = source.content();
    List<Column> columns = Column.of(content, specs, shape, options);
    MemoryNeeds needs =
        MemoryNeeds.of(content, columns, schedule, options, source.parts().pool().budgetBytes());
    int codecThreads = source.parts().threads().count();
    this.tally = tally;
    this.source = source;
    this.storeCounts = source.store().counts();
    BufferPool pool = source.parts().pool();
    long spareBytes = pool.budgetBytes() - pool.usedBytes() - needs.leastBytes(codecThreads);
    this.tableMemory = tableMemory(pool, columns, spareBytes);
    try {
      this.memory = LoaderMemory.take(pool, needs, codecThreads, content, columns);
    } catch (RuntimeException | Error e) {
      tableMemory.ifPresent(BufferPool::close);
      throw e;
    }
    this.catalogs =
        new CatalogsAhead(
            source.tensors(),
            lock,
            (int)
                (tableMemory.map(BufferPool::budgetBytes).orElse(TABLE_BYTES) / LANE_TABLE_BYTES));
    RaggedRows[] tables = tables(source, columns);
    PartPlanner parts = new PartPlanner(content, source.tensors(), columns, tables);
    FetchWidth width = width(content, columns, options, shape);
    long reach = lookAhead(content, schedule, width, parts.streams());
    Pipeline.Tools tools =
        new Pipeline.Tools(
            source.store(),
            source.parts().threads(),
            new BatchPlanner(
                schedule.source(content, columns, tables),
                content,
                catalogs,
                columns,
                tables,
                parts,
                Math.clamp(MOST_FORESEEN_SAMPLES / schedule.samples().usual(), 1, reach),
                needs.maxBatchBytes()),
            catalogs,
            memory,
            new GroupTable(content, schedule.gapBatches()),
            parts,
            new ResidentSet(content, memory.residents()),
            width,
            new HookStage(columns, content, options.seed(), codecThreads, memory.scratch(), tally),
            tally);
    this.pipeline =
        new Pipeline(
            tools,
            lock,
            new PlanAhead.Reach(schedule.end(), reach),
            new FetchQueue.GroupRules(
                columns.stream().anyMatch(column -> column.ragged() && !column.resident()),
                schedule.spanBatches(largestGroup(content))));
  }

  /// @param spareBytes that are free beside the least that everything else takes
  private static Optional<BufferPool> tableMemory(
      BufferPool pool, List<Column> columns, long spareBytes) {
    if (columns.stream().noneMatch(Column::ragged)) {
      return Optional.empty();
    }
    return Optional.of(
        pool.trySplit(Math.clamp(spareBytes / TABLE_SHARE, TABLE_BYTES, MOST_TABLE_BYTES))
            .or(() -> pool.trySplit(TABLE_BYTES))
            .orElseThrow(() ->
                new RefusedException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "the loader needs at least "
                        + TABLE_BYTES
                        + " bytes of memory for entries of ragged samples; of the budget of "
                        + pool.budgetBytes()
                        + " bytes "
                        + (pool.budgetBytes() - pool.usedBytes())
                        + " are free")));
  }

  private RaggedRows[] tables(Source source, List<Column> columns) {
    RaggedRows[] tables = new RaggedRows[columns.size()];
    for (Column column : columns) {
      if (column.ragged()) {
        TensorReads reads =
            new TensorReads(
                source.store(),
                source.content(),
                tableMemory.orElseThrow(),
                source.parts().threads(),
                source.tensors());
        tables[column.number()] = new RaggedRows(reads, column.spec(), source.content(), catalogs);
      }
    }
    return tables;
  }

  /// As many groups at once as the memory for landing has room for, over all lanes of the rank; of
  /// a near store one, so that what has come is decoded while it is in the processor's caches.
  private FetchWidth width(
      VersionContent content, List<Column> columns, LoaderOptions options, OrderShape shape) {
    long lanes = Math.ceilDiv(shape.lanes(), options.share().worldSize());
    if (source.store().near()) {
      return new FetchWidth(lanes, 1);
    }
    long group = 1;
    for (FragmentEntry fragment : content.fragments()) {
      long bytes = 0;
      for (Column column : columns) {
        bytes += column.resident() ? 0 : groupBytes(content, fragment, column);
      }
      group = Math.max(group, bytes);
    }
    long room = memory.landingBytes() / Math.multiplyExact(lanes, group);
    return new FetchWidth(lanes, Math.clamp(Math.min(room, LONGEST_REQUEST_BYTES / group), 1, 64));
  }

  /// What a group takes where it lands: as stored on average; of a ragged tensor at most, with the
  /// chunk in which it ends.
  private long groupBytes(VersionContent content, FragmentEntry fragment, Column column) {
    TensorExtent extent = fragment.extent(column.spec().name());
    long groups = Math.ceilDiv(fragment.rows(), content.layout(fragment).groupSamples());
    return column.ragged()
        ? extent.largestGroupBytes() + BufferPool.slotBytes(memory.needs().encodedChunkBytes())
        : BufferPool.slotBytes(Math.ceilDiv(extent.storedBytes(), Math.max(1, groups)));
  }

  private static long largestGroup(VersionContent content) {
    return content.layouts().stream().mapToLong(Layout::groupSamples).max().orElse(1);
  }

  /// Far enough to know all uses of the groups that open batches use, and the groups behind them.
  private static long lookAhead(
      VersionContent content, BatchSchedule schedule, FetchWidth width, boolean streams) {
    if (!streams) {
      return 2;
    }
    long wanted =
        schedule.gapBatches()
            + GroupTable.LOOK_BATCHES
            + 2
            + Math.multiplyExact(width.most(), schedule.spanBatches(largestGroup(content)));
    return Math.clamp(wanted, 2, Math.max(2, MOST_PLANNED_SAMPLES / schedule.samples().usual()));
  }

  ReentrantLock lock() {
    return lock;
  }

  LoaderMemory memory() {
    return memory;
  }

  Pipeline pipeline() {
    return pipeline;
  }

  /// The thread that does the pipeline's work; not started.
  Thread coordinator() {
    Thread coordinator = source.parts().planners().newThread(pipeline::run);
    coordinator.setName("penstock-loader");
    return coordinator;
  }

  LoaderTally tally() {
    return tally;
  }

  /// What has been done so far, and how it stands. With the lock held.
  LoaderStats stats(List<ShuffleReport> shuffle) {
    tally.stall().change(pipeline.cause()); // told as it stands, like what else is told
    return tally.stats(
        source.parts().threads().count(),
        source.store().counts().since(storeCounts),
        pipeline.occupancy(),
        shuffle);
  }

  /// Asks the store to stop everything.
  void cancelAll() {
    pipeline.cancelAll();
  }

  /// Waits until nothing is on its way, and gives all memory back. When the coordinator has ended.
  @Override
  public void close() {
    catalogs.close();
    lock.lock();
    try {
      pipeline.awaitQuiet();
      pipeline.release();
    } finally {
      lock.unlock();
    }
    memory.close();
    tableMemory.ifPresent(BufferPool::close);
  }
}
