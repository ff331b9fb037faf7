package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.read.TensorReads.SampleRun;
import io.penstock.tensor.Region;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Plans windows: some consecutive batches that are admitted and fetched together. Loads catalogs
/// and the tables of ragged samples; else a pure function of the order. One thread at a time.
final class WindowPlanner {
  private final TensorReads reads;
  private final VersionContent content;
  private final StoredTensors tensors;
  private final BatchSchedule schedule;
  private final List<TensorSpec> specs;
  private final long maxBatchBytes;
  private final RangeRules rules;

  WindowPlanner(
      TensorReads reads,
      VersionContent content,
      StoredTensors tensors,
      BatchSchedule schedule,
      List<TensorSpec> specs,
      long maxBatchBytes,
      RangeRules rules) {
    this.reads = reads;
    this.content = content;
    this.tensors = tensors;
    this.schedule = schedule;
    this.specs = List.copyOf(specs);
    this.maxBatchBytes = maxBatchBytes;
    this.rules = rules;
  }

  /// Batches and what is fetched for them.
  ///
  /// @param plan whose target number is batch in the window × tensors + tensor
  /// @param keeps chunks that the batch after these needs as well
  record Window(List<BatchAssembly> batches, ReadPlan plan, Set<ChunkKey> keeps) {
    /// A window of one batch that cannot be read.
    static Window failed(BatchAssembly batch) {
      return new Window(List.of(batch), new ReadPlan(List.of(), List.of(), List.of()), Set.of());
    }
  }

  /// What a window may be.
  ///
  /// @param epoch of its batches
  /// @param first index of its first batch
  /// @param end index in the epoch that it must not reach
  /// @param slabBytes of the pool that its batches may take, unless there is only one
  record Limits(long epoch, long first, long end, long slabBytes) {}

  /// The next window. A batch that cannot be planned is a window of its own.
  ///
  /// @param holds chunks that earlier windows left
  /// @param onDone called for each batch that is done
  Window plan(Limits limits, Set<ChunkKey> holds, Runnable onDone) {
    try {
      return planTogether(limits, holds, onDone);
    } catch (PenstockException e) {
      if (limits.end() - limits.first() > 1) {
        Limits one =
            new Limits(limits.epoch(), limits.first(), limits.first() + 1, limits.slabBytes());
        return plan(one, holds, onDone);
      }
      BatchAssembly batch =
          new BatchAssembly(rows(limits.epoch(), limits.first()), List.of(), onDone);
      batch.expect();
      batch.arrived(e);
      return Window.failed(batch);
    }
  }

  private Window planTogether(Limits limits, Set<ChunkKey> holds, Runnable onDone) {
    loadCatalogs(limits);
    ReadPlanner planner = new ReadPlanner(rules);
    List<BatchAssembly> batches = new ArrayList<>();
    long slabBytes = 0;
    long index = limits.first();
    while (index < limits.end()) {
      BatchAssembly batch = batch(limits.epoch(), index, onDone);
      slabBytes += batch.leaseBytes().stream().mapToLong(BufferPool::slotBytes).sum();
      if (!batches.isEmpty() && slabBytes > limits.slabBytes()) {
        break;
      }
      want(planner, batch, batches.size() * specs.size());
      batches.add(batch);
      index++;
    }
    return new Window(batches, planner.plan(holds), keeps(limits.epoch(), index, planner, holds));
  }

  private void loadCatalogs(Limits limits) {
    Set<Integer> fragments = new LinkedHashSet<>();
    for (long index = limits.first(); index < limits.end(); index++) {
      for (long row : rows(limits.epoch(), index).rows()) {
        fragments.add(content.fragmentAt(row));
      }
    }
    List<StoredTensors.Key> keys = new ArrayList<>();
    for (int fragment : fragments) {
      for (TensorSpec spec : specs) {
        keys.add(new StoredTensors.Key(fragment, spec.name()));
      }
    }
    tensors.get(keys);
  }

  private BatchRows rows(long epoch, long index) {
    return schedule.rows(epoch, index).orElseThrow();
  }

  private BatchAssembly batch(long epoch, long index, Runnable onDone) {
    BatchRows rows = rows(epoch, index);
    List<BatchAssembly.Column> columns = new ArrayList<>();
    long bytes = 0;
    for (TensorSpec spec : specs) {
      Optional<SampleTable> table =
          spec.ragged()
              ? Optional.of(SampleTable.load(reads, spec, rows.rows(), true))
              : Optional.empty();
      long columnBytes =
          table.isPresent()
              ? table.get().bytes()
              : spec.sampleShape().prepend(rows.rows().length).bytes(spec.type());
      columns.add(new BatchAssembly.Column(spec, columnBytes, table));
      bytes += columnBytes;
    }
    if (bytes > maxBatchBytes) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          "batch "
              + index
              + " of epoch "
              + epoch
              + " has "
              + bytes
              + " bytes, maxBatchBytes is "
              + maxBatchBytes
              + ": raise it or the memory budget, or make batches smaller");
    }
    return new BatchAssembly(rows, columns, onDone);
  }

  private void want(ReadPlanner planner, BatchAssembly batch, int firstTarget) {
    for (int i = 0; i < specs.size(); i++) {
      TensorSpec spec = specs.get(i);
      Optional<SampleTable> table = batch.columns().get(i).table();
      if (table.isPresent()) {
        table.get().plan(planner, firstTarget + i, 0);
      } else {
        long[] positions = batch.positions();
        FixedPlan.add(
            planner,
            reads.source(),
            spec,
            SampleRun.of(positions, firstTarget + i),
            Region.samples(0, positions.length, spec.sampleShape()));
      }
    }
  }

  /// The chunks of this window, or held before it, that the sample after it needs: in an order that
  /// goes through each chunk once, no other is needed again.
  private Set<ChunkKey> keeps(
      long epoch, long nextBatch, ReadPlanner planner, Set<ChunkKey> holds) {
    Optional<BatchRows> following = schedule.rows(epoch, nextBatch);
    if (following.isEmpty()) {
      return Set.of();
    }
    long[] first = Arrays.copyOf(following.get().rows(), 1);
    ReadPlanner next = new ReadPlanner(rules);
    try {
      for (TensorSpec spec : specs) {
        if (spec.ragged()) {
          SampleTable.load(reads, spec, first, true).plan(next, 0, 0);
        } else {
          Region region = Region.samples(0, 1, spec.sampleShape());
          FixedPlan.add(next, reads.source(), spec, SampleRun.of(first, 0), region);
        }
      }
    } catch (PenstockException e) {
      // The next window will meet it in its place; this one needs nothing of it.
      return Set.of();
    }
    Set<ChunkKey> keeps = new HashSet<>(planner.chunks());
    keeps.addAll(holds);
    keeps.retainAll(next.chunks());
    return keeps;
  }
}
