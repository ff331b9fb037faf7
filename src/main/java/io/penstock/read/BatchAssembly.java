package io.penstock.read;

import io.penstock.buffer.Lease;
import io.penstock.error.CorruptDataException;
import io.penstock.error.PenstockException;
import io.penstock.load.OnBadSample;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A batch in the making: its rows, its memory once it is open, and how many bytes it still waits
/// for. It is done when all of them have come, or failed. Thread-safe where it says so.
final class BatchAssembly {
  /*
   * All tensors of a batch share one lease, each from a multiple of 256 bytes on; behind them the
   * marks of ragged ones, the outputs of hooks, and of packed tensors what belongs to which sample,
   * which is the same for all of them. What is pending is counted in bytes, whatever the chunks are
   * like that bring them; one more stands for being open, and one for what is taken from resident
   * columns.
   */
  private static final long ALIGNMENT = 256;

  /// For each column: where samples land, their marks, where they go.
  private static final int PLACES = 3;

  private final long ordinal;
  private final BatchRows rows;
  private final List<Column> columns;
  private final SampleTable[] tables;
  private final long[] at;
  private final long[] bytes;
  private final long leaseBytes;
  private final boolean takesResidents;
  private final AtomicLong pending;
  private final AssembleEvent event = new AssembleEvent();
  private @Nullable Lease lease;
  private MemorySegment[] areas = {};
  private @Nullable PenstockException failure;
  private @Nullable CorruptDataException damage;
  private BitSet bad = new BitSet();
  private long[] positions;

  /// Resident chunks that it waits for. Guarded by the pipeline.
  int missingResidents;

  /// Parts of the work of hooks that are not done; −1 before it begins. Guarded by the pipeline.
  int hookParts = -1;

  /// Whether all has come. Guarded by the pipeline.
  boolean done;

  /// @param ordinal its number among all that were planned
  /// @param tables for each column where its samples lie and how large they are; null where it is
  ///   not ragged
  BatchAssembly(long ordinal, BatchRows rows, List<Column> columns, SampleTable[] tables) {
    this.ordinal = ordinal;
    this.rows = rows;
    this.positions = rows.rows();
    this.columns = columns;
    this.tables = tables;
    this.at = new long[PLACES * columns.size() + 1];
    this.bytes = new long[at.length];
    long end = 0;
    long streamed = 0;
    boolean residents = false;
    for (Column column : columns) {
      int i = column.number();
      bytes[i] =
          column.ragged()
              ? tables[i].bytes()
              : Math.multiplyExact(column.sampleBytes(), rows.rows().length);
      bytes[columns.size() + i] =
          column.ragged() ? column.placement().marks(rows.rows().length) * Long.BYTES : 0;
      bytes[2 * columns.size() + i] =
          column.hooks().moves()
              ? Math.multiplyExact(column.hooks().outputBytes(), rows.rows().length)
              : 0;
      bytes[PLACES * columns.size()] =
          Math.max(bytes[PLACES * columns.size()], column.placement().segmentBytes());
      residents |= column.resident();
      streamed += column.resident() ? 0 : column.ragged() ? tables[i].sampleBytes() : bytes[i];
    }
    for (int i = 0; i < bytes.length; i++) {
      at[i] = end;
      end = Math.addExact(end, aligned(bytes[i]));
    }
    leaseBytes = end;
    takesResidents = residents;
    pending = new AtomicLong(1 + streamed + (residents ? 1 : 0));
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
  }

  /// One that could not be planned.
  static BatchAssembly failed(long ordinal, BatchRows rows, PenstockException failure) {
    BatchAssembly batch = new BatchAssembly(ordinal, rows, List.of(), new SampleTable[0]);
    batch.failure = failure;
    return batch;
  }

  /// Bytes at most that a lease has between the areas of a batch.
  static long gaps(List<Column> columns) {
    return ALIGNMENT * (PLACES * columns.size() + 1);
  }

  long ordinal() {
    return ordinal;
  }

  BatchRows rows() {
    return rows;
  }

  /// Rows of the version whose samples it holds, in its order; not a copy.
  long[] positions() {
    return positions;
  }

  int samples() {
    return rows.rows().length;
  }

  List<Column> columns() {
    return columns;
  }

  /// The table of a ragged column's samples.
  SampleTable table(int column) {
    return tables[column];
  }

  boolean takesResidents() {
    return takesResidents;
  }

  /// Bytes of the lease that it needs.
  long leaseBytes() {
    return leaseBytes;
  }

  /// Bytes of the elements that the consumer gets.
  long deliveredBytes() {
    long sum = 0;
    for (Column column : columns) {
      int i = column.number();
      sum += bytes[column.hooks().moves() ? 2 * columns.size() + i : i];
    }
    return sum;
  }

  /// Bytes of all elements.
  long elementBytes() {
    long sum = 0;
    for (int i = 0; i < columns.size(); i++) {
      sum += bytes[i] + bytes[2 * columns.size() + i];
    }
    return sum;
  }

  /// Gives it its memory, before anybody writes to it; taken over.
  void open(Lease memory) {
    event.begin();
    lease = memory;
    areas = new MemorySegment[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      areas[i] = memory.segment().asSlice(at[i], bytes[i]);
    }
    boolean segmented = false;
    for (Column column : columns) {
      if (column.ragged()) {
        SampleTable table = tables[column.number()];
        column.placement().fill(areas[column.number()], column.spec().type());
        column.placement().mark(table, marks(column.number()));
        if (column.packedOutput() && !segmented) {
          column.placement().writeSegments(table, rows.rowEnds(), segments());
          segmented = true;
        }
      }
    }
  }

  /// Where the elements of a column land, once it is open.
  MemorySegment segment(int column) {
    return areas[column];
  }

  /// The elements of a column as they are handed over, once it is open.
  MemorySegment output(Column column) {
    int i = column.number();
    return areas[column.hooks().moves() ? 2 * columns.size() + i : i];
  }

  /// The marks of a ragged column, see [Placement], once it is open.
  MemorySegment marks(int column) {
    return areas[columns.size() + column];
  }

  /// For packed columns which place of which row belongs to which sample, once it is open.
  MemorySegment segments() {
    return areas[PLACES * columns.size()];
  }

  /// It lacks nothing any more.
  void assembled() {
    event.end();
    if (event.shouldCommit()) {
      event.tell(rows);
      event.bytes = elementBytes();
      event.commit();
    }
  }

  /// Whether it could not be planned.
  synchronized boolean hopeless() {
    return columns.isEmpty() && failure != null;
  }

  /// Some of what it waited for has come, or has failed.
  ///
  /// @return whether that was all. Thread-safe.
  boolean arrived(long count) {
    return count > 0 && pending.addAndGet(-count) == 0;
  }

  /// A sample could not be read. Thread-safe.
  synchronized void failed(int sample, PenstockException problem) {
    if (problem instanceof CorruptDataException corrupt) {
      bad.set(sample);
      damage = damage == null ? corrupt : damage;
    } else {
      failure = failure == null ? problem : failure;
    }
  }

  /// Whether it cannot be handed over, whatever becomes of damaged samples. Thread-safe.
  synchronized boolean broken() {
    return failure != null;
  }

  /// Whether a sample could not be read. Thread-safe.
  synchronized boolean bad(int sample) {
    return bad.get(sample);
  }

  /// Deals with damaged samples of a batch that is done, in the consumer.
  ///
  /// @return why the batch cannot be handed over, or empty
  synchronized Optional<PenstockException> finish(OnBadSample action) {
    if (failure == null && damage != null) {
      boolean helped =
          switch (action) {
            case FAIL -> false;
            case MASK -> mask();
            case REPLACE -> replace();
          };
      failure = helped ? null : damage;
    }
    return Optional.ofNullable(failure);
  }

  private boolean mask() {
    for (int sample = bad.nextSetBit(0); sample >= 0; sample = bad.nextSetBit(sample + 1)) {
      for (Column column : columns) {
        place(column, sample).fill((byte) 0);
      }
    }
    return true;
  }

  private boolean replace() {
    if (bad.cardinality() == samples()) {
      return false;
    }
    positions = positions.clone();
    for (int sample = bad.nextSetBit(0); sample >= 0; sample = bad.nextSetBit(sample + 1)) {
      int good = bad.nextClearBit(sample);
      good = good < samples() ? good : bad.nextClearBit(0);
      for (Column column : columns) {
        place(column, sample).copyFrom(place(column, good));
      }
      positions[sample] = positions[good];
    }
    bad = new BitSet();
    return true;
  }

  /// Where a sample is handed over.
  MemorySegment place(Column column, int sample) {
    if (column.hooks().moves()) {
      long each = column.hooks().outputBytes();
      return output(column).asSlice(each * sample, each);
    }
    return landed(column, sample);
  }

  /// Where a sample has landed.
  MemorySegment landed(Column column, int sample) {
    int i = column.number();
    if (!column.ragged()) {
      return areas[i].asSlice(column.sampleBytes() * sample, column.sampleBytes());
    }
    long element = column.elementBytes();
    return areas[i].asSlice(
        tables[i].start(sample) * element, tables[i].elements(sample) * element);
  }

  /// For each sample whether it counts: those that were not masked, and are no repeats.
  synchronized boolean[] mask(int valid) {
    boolean[] mask = new boolean[samples()];
    for (int i = 0; i < valid; i++) {
      mask[i] = !bad.get(i);
    }
    return mask;
  }

  /// Hands over its memory, or empty if it has none.
  Optional<Lease> takeLease() {
    Optional<Lease> taken = Optional.ofNullable(lease);
    lease = null;
    return taken;
  }
}
