package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.codec.CodecThreads;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import io.penstock.store.PendingTransfer;
import io.penstock.store.Store;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// One plan carried out for a caller who waits: fetches its ranges in order, as many at once as
/// half of the budget holds, and decodes their chunks into the caller's segments. The first failure
/// cancels the rest. When [#run] returns or throws, nothing is in flight and every lease is back.
final class PlanRun {
  /*
   * The memory of a range is taken as a whole before it is asked for, and comes back without further
   * memory being needed; so runs that share a pool can wait for each other, but not for ever.
   */
  private static final int MOST_RANGES_IN_FLIGHT = 64;

  private final Store store;
  private final CodecThreads threads;
  private final BufferPool pool;
  private final ReadPlan plan;
  private final MemorySegment[] targets;
  private final InFlight inFlight = new InFlight(() -> {});
  private final AtomicReference<@Nullable PenstockException> failure = new AtomicReference<>();

  /// @param targets that the plan's copies go to, borrowed for the run
  PlanRun(
      Store store, CodecThreads threads, BufferPool pool, ReadPlan plan, MemorySegment... targets) {
    this.store = store;
    this.threads = threads;
    this.pool = pool;
    this.plan = plan;
    this.targets = targets;
  }

  /// Carries out the plan. Blocks.
  ///
  /// @throws PenstockException the first failure
  void run() {
    plan.firstFailure()
        .ifPresent(known -> {
          throw known;
        });
    try {
      for (RangeRead range : plan.ranges()) {
        long[] bytes = leaseBytes(range.chunks());
        long memory = LongStream.of(bytes).map(BufferPool::slotBytes).sum();
        refuseAboveBudget(range, memory);
        inFlight.awaitRoom(
            MOST_RANGES_IN_FLIGHT, pool.budgetBytes() / 2 - memory, () -> failure.get() != null);
        if (failure.get() != null) {
          break;
        }
        start(range, pool.leaseAll(bytes), memory);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fail(interrupted());
    } catch (RuntimeException | Error e) {
      fail(PendingTransfer.typed(e, "read"));
    }
    inFlight.awaitNone(() -> fail(interrupted()));
    PenstockException first = failure.get();
    if (first != null) {
      throw first;
    }
  }

  private void refuseAboveBudget(RangeRead range, long memory) {
    if (memory > pool.budgetBytes()) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          "a chunk of tensor "
              + range.array().tensor()
              + " needs "
              + memory
              + " bytes to be read and decoded, the memory budget is "
              + pool.budgetBytes()
              + ": raise the budget, or write smaller chunks");
    }
  }

  private void start(RangeRead range, List<Lease> leases, long memory) {
    List<ChunkRead> chunks = range.chunks();
    InFlight.Range state = inFlight.begin(chunks.size(), memory);
    List<Sink> sinks = new ArrayList<>(chunks.size());
    int next = chunks.size();
    for (ChunkRead chunk : chunks) {
      sinks.add(new Sink(chunk, state, direct(chunk) ? null : leases.get(next++)));
    }
    List<Lease> landing = leases.subList(0, chunks.size());
    state.start(new RangeFetch(store, threads, range, state, landing, sinks));
  }

  /// Whether a chunk can be decoded into its target: codecs write to native memory only.
  private boolean direct(ChunkRead chunk) {
    return chunk.direct() && targets[chunk.copies().getFirst().target()].isNative();
  }

  private long[] leaseBytes(List<ChunkRead> chunks) {
    return LongStream.concat(
            chunks.stream().mapToLong(ChunkRead::length),
            chunks.stream()
                .filter(chunk -> !direct(chunk))
                .mapToLong(chunk -> chunk.array().codec().decodedBytes()))
        .toArray();
  }

  private static TransientException interrupted() {
    return new TransientException(ErrorCode.INTERRUPTED, "a read was interrupted");
  }

  private void fail(PenstockException problem) {
    if (failure.compareAndSet(null, problem)) {
      inFlight.cancelAll();
    }
  }

  private final class Sink implements ChunkSink {
    private final ChunkRead chunk;
    private final InFlight.Range range;
    private final @Nullable Lease scratch;

    Sink(ChunkRead chunk, InFlight.Range range, @Nullable Lease scratch) {
      this.chunk = chunk;
      this.range = range;
      this.scratch = scratch;
    }

    @Override
    public boolean wanted() {
      return failure.get() == null;
    }

    @Override
    public MemorySegment target() {
      return scratch != null ? scratch.segment() : chunk.directTarget(targets);
    }

    @Override
    public void decoded() {
      if (scratch != null) {
        try (scratch) {
          for (TargetCopy each : chunk.copies()) {
            each.copy().apply(scratch.segment(), targets[each.target()]);
          }
        }
      }
      range.chunkDone();
    }

    @Override
    public void failed(PenstockException problem) {
      if (scratch != null) {
        scratch.close();
      }
      fail(problem);
      range.chunkDone();
    }
  }
}
