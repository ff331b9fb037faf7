package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.codec.CodecContext;
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
    List<Lease> landing = leases.subList(0, chunks.size());
    List<Lease> scratch = leases.subList(chunks.size(), leases.size());
    state.start(
        new RangeFetch(store, range, landing, new Decoding(range.chunks(), state, scratch)));
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

  /// Decodes the chunks of a range on codec threads.
  private final class Decoding implements RangeFetch.Arrivals {
    private final List<ChunkRead> chunks;
    private final InFlight.Range range;
    private final List<@Nullable Lease> rooms = new ArrayList<>();

    /// @param scratch one for each chunk that is not decoded in its place; taken over
    Decoding(List<ChunkRead> chunks, InFlight.Range range, List<Lease> scratch) {
      this.chunks = chunks;
      this.range = range;
      int next = 0;
      for (ChunkRead chunk : chunks) {
        rooms.add(direct(chunk) ? null : scratch.get(next++));
      }
    }

    @Override
    public void landed(int at, Lease encoded) {
      long bytes = chunks.get(at).length();
      range.landed(bytes);
      try {
        threads.submit(context -> {
          range.taken(bytes);
          decode(at, encoded, context);
        });
      } catch (PenstockException e) {
        range.taken(bytes);
        encoded.close();
        failed(at, chunks.get(at).placed(e));
      }
    }

    private void decode(int at, Lease encoded, CodecContext context) {
      ChunkRead chunk = chunks.get(at);
      PenstockException problem = null;
      try (encoded) {
        if (failure.get() == null) {
          decode(chunk, encoded.segment(), rooms.get(at), context);
        }
      } catch (RuntimeException | Error e) {
        problem = PendingTransfer.typed(e, "decode a chunk of " + chunk.array());
        chunk.distrust(store, problem);
      }
      settle(at, problem == null ? null : chunk.placed(problem));
    }

    private void decode(
        ChunkRead chunk, MemorySegment encoded, @Nullable Lease room, CodecContext context) {
      if (room == null) {
        chunk.decode(store, encoded, chunk.directTarget(targets), context, () -> {});
        return;
      }
      chunk.decode(store, encoded, room.segment(), context, () -> {});
      for (TargetCopy each : chunk.copies()) {
        each.copy().apply(room.segment(), targets[each.target()]);
      }
    }

    @Override
    public void failed(int at, PenstockException problem) {
      settle(at, problem);
    }

    private void settle(int at, @Nullable PenstockException problem) {
      Lease room = rooms.get(at);
      if (room != null) {
        room.close();
      }
      if (problem != null) {
        fail(problem);
      }
      range.chunkDone();
    }
  }
}
