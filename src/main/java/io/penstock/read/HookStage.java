package io.penstock.read;

import io.penstock.buffer.Lease;
import io.penstock.buffer.Reservation;
import io.penstock.error.PenstockException;
import io.penstock.format.VersionContent;
import io.penstock.load.SampleRandom;
import io.penstock.store.PendingTransfer;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;

/// Runs the hooks of a loader's tensors over batches whose bytes have all come: on codec threads,
/// some samples of a batch at a time. Thread-safe.
final class HookStage {
  /// So that no thread is left without work for long when samples differ in cost.
  private static final int PARTS_OF_A_THREAD = 4;

  private final List<Column> columns;
  private final VersionContent content;
  private final long seed;
  private final int mostParts;
  private final Reservation scratch;
  private final long scratchBytes;
  private final LoaderTally tally;

  /// @param seed of the loader's order
  /// @param threads that run hooks
  /// @param scratch has a slot of [#scratchBytes(List)] for each of them
  /// @param tally is told how long it took
  HookStage(
      List<Column> columns,
      VersionContent content,
      long seed,
      int threads,
      Reservation scratch,
      LoaderTally tally) {
    this.columns = columns.stream().filter(column -> !column.hooks().none()).toList();
    this.content = content;
    this.seed = seed;
    this.mostParts = PARTS_OF_A_THREAD * threads;
    this.scratch = scratch;
    this.tally = tally;
    this.scratchBytes = scratchBytes(columns);
  }

  /// Bytes that a thread needs beside the batch.
  static long scratchBytes(List<Column> columns) {
    return columns.stream().mapToLong(column -> column.hooks().scratchBytes()).max().orElse(0);
  }

  /// Runs the hooks over a batch whose bytes have all come. With the loader's lock held.
  ///
  /// @param intake runs it on codec threads
  /// @param onDone is told, with the lock held; at once if there is nothing to do
  void start(BatchAssembly batch, Intake intake, Consumer<BatchAssembly> onDone) {
    int parts = parts(batch);
    if (parts == 0) {
      onDone.accept(batch);
      return;
    }
    batch.hookParts = parts;
    for (int i = 0; i < parts; i++) {
      int part = i;
      intake.run(
          _ -> run(batch, part, parts),
          () -> {
            if (--batch.hookParts == 0) {
              onDone.accept(batch);
            }
          });
    }
  }

  /// Into how many parts the work for a batch is cut; 0 if there is none.
  private int parts(BatchAssembly batch) {
    return columns.isEmpty() || batch.broken() ? 0 : Math.min(mostParts, batch.samples());
  }

  /// Does one part of the work for a batch. What fails is noted in the batch; does not throw.
  private void run(BatchAssembly batch, int part, int parts) {
    int from = (int) ((long) part * batch.samples() / parts);
    int to = (int) ((part + 1L) * batch.samples() / parts);
    TransformEvent event = new TransformEvent();
    event.begin();
    long since = tally.now();
    try {
      if (scratchBytes == 0) {
        run(batch, from, to, MemorySegment.NULL);
        return;
      }
      try (Lease lease = scratch.lease(scratchBytes)) {
        run(batch, from, to, lease.segment());
      }
    } catch (RuntimeException | Error e) {
      batch.failed(from, PendingTransfer.typed(e, "run the hooks of a loader"));
    } finally {
      tally.transformed(since);
      commit(event, batch, to - from);
    }
  }

  private static void commit(TransformEvent event, BatchAssembly batch, int samples) {
    event.end();
    if (event.shouldCommit()) {
      event.tell(batch.rows());
      event.samples = samples;
      event.commit();
    }
  }

  private void run(BatchAssembly batch, int from, int to, MemorySegment room) {
    for (int sample = from; sample < to; sample++) {
      if (!batch.bad(sample)) {
        run(batch, sample, room);
      }
    }
  }

  private void run(BatchAssembly batch, int sample, MemorySegment room) {
    long id = SampleIds.of(content, batch.positions()[sample]);
    for (Column column : columns) {
      int i = column.number();
      Shape shape = column.ragged() ? batch.table(i).shape(sample) : column.spec().sampleShape();
      try {
        column
            .hooks()
            .apply(
                id,
                shape,
                batch.landed(column, sample),
                batch.place(column, sample),
                room,
                SampleRandom.of(seed, batch.rows().epoch(), id));
      } catch (PenstockException e) {
        batch.failed(sample, e);
        return;
      }
    }
  }
}
