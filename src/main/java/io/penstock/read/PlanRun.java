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
  private final Object lock = new Object();
  private final List<RangeFetch> fetches = new ArrayList<>();
  private int rangesInFlight;
  private int chunksInFlight;
  private long memoryInFlight;
  private @Nullable PenstockException failure;

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
        long memory = memoryBytes(range);
        if (!awaitTurn(memory)) {
          break;
        }
        start(range, memory);
      }
    } catch (RuntimeException | Error e) {
      fail(PendingTransfer.typed(e, "read"));
    }
    awaitEnd();
    PenstockException first = failure;
    if (first != null) {
      throw first;
    }
  }

  private long memoryBytes(RangeRead range) {
    long memory = LongStream.of(leaseBytes(range.chunks())).map(BufferPool::slotBytes).sum();
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
    return memory;
  }

  /// Waits until one more range fits beside those in flight; false if there is a failure.
  private boolean awaitTurn(long memory) {
    synchronized (lock) {
      try {
        while (failure == null && rangesInFlight > 0 && full(memory)) {
          lock.wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new TransientException(ErrorCode.INTERRUPTED, "a read was interrupted", e);
      }
      return failure == null;
    }
  }

  private boolean full(long memory) {
    return rangesInFlight >= MOST_RANGES_IN_FLIGHT
        || memoryInFlight + memory > pool.budgetBytes() / 2;
  }

  private void start(RangeRead range, long memory) {
    List<ChunkRead> chunks = range.chunks();
    List<Lease> leases = pool.leaseAll(leaseBytes(chunks));
    RangeInFlight state = new RangeInFlight(chunks.size(), memory);
    List<Sink> sinks = new ArrayList<>(chunks.size());
    int next = chunks.size();
    for (ChunkRead chunk : chunks) {
      sinks.add(new Sink(chunk, state, direct(chunk) ? null : leases.get(next++)));
    }
    RangeFetch fetch =
        new RangeFetch(store, threads, range, leases.subList(0, chunks.size()), sinks);
    synchronized (lock) {
      rangesInFlight++;
      chunksInFlight += chunks.size();
      memoryInFlight += memory;
      fetches.add(fetch);
      state.fetch = fetch;
    }
    fetch.start();
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

  /// Waits, also when interrupted, until nothing is in flight.
  private void awaitEnd() {
    boolean interrupted = false;
    synchronized (lock) {
      while (chunksInFlight > 0) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          interrupted = true;
          fail(new TransientException(ErrorCode.INTERRUPTED, "a read was interrupted", e));
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void fail(PenstockException problem) {
    List<RangeFetch> toCancel;
    synchronized (lock) {
      if (failure != null) {
        return;
      }
      failure = problem;
      toCancel = List.copyOf(fetches);
      lock.notifyAll();
    }
    toCancel.forEach(RangeFetch::cancel);
  }

  private static final class RangeInFlight {
    final long memory;
    int chunksLeft;
    @Nullable RangeFetch fetch;

    RangeInFlight(int chunks, long memory) {
      this.chunksLeft = chunks;
      this.memory = memory;
    }
  }

  private void chunkDone(RangeInFlight range) {
    synchronized (lock) {
      chunksInFlight--;
      if (--range.chunksLeft == 0) {
        rangesInFlight--;
        memoryInFlight -= range.memory;
        fetches.remove(range.fetch);
        lock.notifyAll();
      }
    }
  }

  private final class Sink implements ChunkSink {
    private final ChunkRead chunk;
    private final RangeInFlight range;
    private final @Nullable Lease scratch;

    Sink(ChunkRead chunk, RangeInFlight range, @Nullable Lease scratch) {
      this.chunk = chunk;
      this.range = range;
      this.scratch = scratch;
    }

    @Override
    public boolean wanted() {
      synchronized (lock) {
        return failure == null;
      }
    }

    @Override
    public MemorySegment target() {
      if (scratch != null) {
        return scratch.segment();
      }
      BoxCopy whole = chunk.copies().getFirst();
      return targets[whole.target()].asSlice(
          whole.targetOffset(), chunk.array().codec().decodedBytes());
    }

    @Override
    public void decoded() {
      if (scratch != null) {
        try (scratch) {
          for (BoxCopy copy : chunk.copies()) {
            copy.apply(scratch.segment(), targets[copy.target()]);
          }
        }
      }
      chunkDone(range);
    }

    @Override
    public void failed(PenstockException problem) {
      if (scratch != null) {
        scratch.close();
      }
      fail(problem);
      chunkDone(range);
    }
  }
}
