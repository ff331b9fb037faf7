package io.penstock.read;

import io.penstock.buffer.Lease;
import io.penstock.error.PenstockException;
import io.penstock.format.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A batch in the making: its samples, its slabs once they are admitted, and how many chunks it
/// still waits for. It is done when all of them have come, or failed. Thread-safe.
final class BatchAssembly {
  private final BatchRows rows;
  private final List<Column> columns;
  private final Runnable onDone;
  private List<Lease> slabs = List.of();
  private int pending = 1;
  private @Nullable PenstockException failure;
  private boolean abandoned;

  /// One tensor's part.
  ///
  /// @param bytes of its elements
  /// @param table of its samples, if it is ragged
  record Column(TensorSpec spec, long bytes, Optional<SampleTable> table) {}

  /// @param rows of its samples
  /// @param onDone called once, short, when it is done
  BatchAssembly(BatchRows rows, List<Column> columns, Runnable onDone) {
    this.rows = rows;
    this.columns = List.copyOf(columns);
    this.onDone = onDone;
  }

  BatchRows rows() {
    return rows;
  }

  long[] positions() {
    return rows.rows();
  }

  List<Column> columns() {
    return columns;
  }

  /// Bytes of the leases that it needs: each column's elements, then each ragged column's offsets.
  List<Long> leaseBytes() {
    List<Long> bytes = new ArrayList<>();
    columns.forEach(column -> bytes.add(column.bytes()));
    for (Column column : columns) {
      if (column.table().isPresent()) {
        bytes.add((rows.rows().length + 1L) * Long.BYTES);
      }
    }
    return bytes;
  }

  /// Gives it its leases, as [#leaseBytes] says; taken over.
  void admit(List<Lease> leases) {
    int next = columns.size();
    for (Column column : columns) {
      if (column.table().isPresent()) {
        MemorySegment offsets = leases.get(next++).segment();
        column.table().get().writeOffsets(offsets);
      }
    }
    synchronized (this) {
      slabs = List.copyOf(leases);
    }
  }

  /// The slab of a column.
  synchronized MemorySegment slab(int column) {
    return slabs.get(column).segment();
  }

  /// It waits for one more chunk.
  synchronized void expect() {
    pending++;
  }

  /// One thing that it waited for has come, or has failed.
  void arrived(@Nullable PenstockException problem) {
    boolean free;
    synchronized (this) {
      if (failure == null) {
        failure = problem;
      }
      if (--pending > 0) {
        return;
      }
      free = abandoned;
    }
    if (free) {
      closeSlabs();
    }
    onDone.run();
  }

  synchronized boolean done() {
    return pending == 0;
  }

  /// Why it could not be read, once it is done.
  synchronized Optional<PenstockException> failure() {
    return Optional.ofNullable(failure);
  }

  /// Nobody wants it any more: its memory goes back as soon as nothing is copied into it.
  void abandon() {
    boolean free;
    synchronized (this) {
      abandoned = true;
      free = pending == 0;
    }
    if (free) {
      closeSlabs();
    }
  }

  /// Hands over the leases of a batch that is done: each column's elements, then each ragged
  /// column's offsets.
  synchronized List<Lease> takeSlabs() {
    List<Lease> taken = slabs;
    slabs = List.of();
    return taken;
  }

  private void closeSlabs() {
    takeSlabs().forEach(Lease::close);
  }
}
