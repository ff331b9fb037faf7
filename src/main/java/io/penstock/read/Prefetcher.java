package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.codec.CodecThreads;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.TransientException;
import io.penstock.read.WindowPlanner.Window;
import io.penstock.store.PendingTransfer;
import io.penstock.store.Store;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// Carries out the windows of one loader: takes memory for their batches, fetches their ranges, and
/// decodes each chunk into the slabs that it belongs to. Confined to the loader's coordinator,
/// apart from what codec threads do with single chunks.
final class Prefetcher {
  /*
   * Memory is taken strictly in the order of need: the slabs of a window, then its ranges one by one.
   * A range gives its memory back without needing more, so whoever waits here waits for transfers, or
   * for the caller to close batches, and for nothing else.
   *
   * A chunk that goes as a whole into one slab is decoded there. Any other gets a lease of its own,
   * from which each batch takes its part; one that the next window needs too stays.
   */
  private static final int MOST_RANGES_IN_FLIGHT = 128;

  private final Store store;
  private final CodecThreads threads;
  private final BufferPool memory;
  private final InFlight inFlight;
  private final Map<ChunkKey, HeldChunk> standing = new HashMap<>();

  /// @param memory the loader's own
  Prefetcher(Store store, CodecThreads threads, BufferPool memory, InFlight inFlight) {
    this.store = store;
    this.threads = threads;
    this.memory = memory;
    this.inFlight = inFlight;
  }

  /// The chunks that stay from earlier windows.
  Set<ChunkKey> holds() {
    return Set.copyOf(standing.keySet());
  }

  /// Lets go of the chunks that stay, except these.
  void keepOnly(Set<ChunkKey> keys) {
    standing
        .entrySet()
        .removeIf(entry -> {
          if (keys.contains(entry.getKey())) {
            return false;
          }
          entry.getValue().release();
          return true;
        });
  }

  /// Takes memory for a window and asks for all of its ranges. Blocks for memory. Every batch of
  /// the window will be done, with a failure if this one throws or meets one.
  void fetch(Window window) {
    List<BatchAssembly> batches = window.batches();
    int issued = 0;
    PenstockException failure = null;
    boolean admitted = false;
    try {
      admit(batches);
      admitted = true;
      Fetching fetching = new Fetching(window, targets(batches));
      window.plan().ranges().forEach(range -> range.chunks().forEach(fetching::expect));
      fetching.takeHeld();
      keepOnly(window.keeps());
      for (RangeRead range : window.plan().ranges()) {
        inFlight.awaitRoom(MOST_RANGES_IN_FLIGHT, Long.MAX_VALUE, () -> false);
        fetching.start(range);
        issued++;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure = new TransientException(ErrorCode.INTERRUPTED, "the loader was interrupted", e);
      throw failure;
    } catch (RuntimeException | Error e) {
      failure = PendingTransfer.typed(e, "prefetch");
      throw failure;
    } finally {
      if (!admitted) {
        for (BatchAssembly batch : batches) {
          batch.arrived(failure);
        }
      } else if (failure != null) {
        abandonRest(window, issued, failure);
      }
    }
  }

  private void admit(List<BatchAssembly> batches) {
    List<Long> bytes = new ArrayList<>();
    batches.forEach(batch -> bytes.addAll(batch.leaseBytes()));
    List<Lease> leases = memory.leaseAll(bytes.stream().mapToLong(Long::longValue).toArray());
    int next = 0;
    for (BatchAssembly batch : batches) {
      int count = batch.leaseBytes().size();
      batch.admit(leases.subList(next, next + count));
      next += count;
    }
  }

  private static MemorySegment[] targets(List<BatchAssembly> batches) {
    List<MemorySegment> targets = new ArrayList<>();
    for (BatchAssembly batch : batches) {
      for (int i = 0; i < batch.columns().size(); i++) {
        targets.add(batch.slab(i));
      }
    }
    return targets.toArray(MemorySegment[]::new);
  }

  private static void abandonRest(Window window, int issued, PenstockException failure) {
    List<RangeRead> ranges = window.plan().ranges();
    for (RangeRead range : ranges.subList(issued, ranges.size())) {
      for (ChunkRead chunk : range.chunks()) {
        copiesByBatch(window, chunk)
            .keySet()
            .forEach(batch -> window.batches().get(batch).arrived(failure));
      }
    }
  }

  /// What of a chunk goes to which batch of the window.
  private static Map<Integer, List<TargetCopy>> copiesByBatch(Window window, ChunkRead chunk) {
    int columns = Math.max(1, window.batches().getFirst().columns().size());
    Map<Integer, List<TargetCopy>> byBatch = new TreeMap<>();
    for (TargetCopy copy : chunk.copies()) {
      byBatch.computeIfAbsent(copy.target() / columns, _ -> new ArrayList<>(1)).add(copy);
    }
    return byBatch;
  }

  /// One window on its way.
  private final class Fetching {
    private final Window window;
    private final MemorySegment[] targets;

    Fetching(Window window, MemorySegment[] targets) {
      this.window = window;
      this.targets = targets;
    }

    void expect(ChunkRead chunk) {
      copiesByBatch(window, chunk).keySet().forEach(batch -> window.batches().get(batch).expect());
    }

    /// Serves what needs no fetching. Batches count only what is fetched from here on.
    void takeHeld() {
      for (ChunkRead chunk : window.plan().held()) {
        expect(chunk);
        serve(chunk, java.util.Objects.requireNonNull(standing.get(chunk.key())));
      }
      for (ReadPlan.Unreadable unreadable : window.plan().unreadable()) {
        expect(unreadable.chunk());
        for (int batch : copiesByBatch(window, unreadable.chunk()).keySet()) {
          window.batches().get(batch).arrived(unreadable.failure());
        }
      }
      window.batches().forEach(batch -> batch.arrived(null));
    }

    private void serve(ChunkRead chunk, HeldChunk held) {
      copiesByBatch(window, chunk)
          .forEach((batch, copies) ->
              held.serve(new Taker(window.batches().get(batch), copies, targets)));
    }

    private boolean direct(ChunkRead chunk) {
      return chunk.direct() && !window.keeps().contains(chunk.key());
    }

    void start(RangeRead range) {
      List<ChunkRead> chunks = range.chunks();
      long[] bytes =
          LongStream.concat(
                  chunks.stream().mapToLong(ChunkRead::length),
                  chunks.stream()
                      .filter(chunk -> !direct(chunk))
                      .mapToLong(chunk -> chunk.array().codec().decodedBytes()))
              .toArray();
      List<Lease> leases = memory.leaseAll(bytes);
      InFlight.Range state = inFlight.begin(chunks.size(), 0);
      List<ChunkSink> sinks = new ArrayList<>(chunks.size());
      int next = chunks.size();
      for (ChunkRead chunk : chunks) {
        sinks.add(
            direct(chunk)
                ? new DirectSink(state, batchOf(chunk), chunk.directTarget(targets))
                : new HeldSink(state, held(chunk, leases.get(next++))));
      }
      List<Lease> landing = leases.subList(0, chunks.size());
      state.start(new RangeFetch(store, threads, range, state, landing, sinks));
    }

    private BatchAssembly batchOf(ChunkRead chunk) {
      return window.batches().get(copiesByBatch(window, chunk).keySet().iterator().next());
    }

    private HeldChunk held(ChunkRead chunk, Lease lease) {
      HeldChunk held = new HeldChunk(lease);
      serve(chunk, held);
      if (window.keeps().contains(chunk.key())) {
        standing.put(chunk.key(), held);
      } else {
        held.release();
      }
      return held;
    }
  }

  /// A batch's part of a chunk.
  private static final class Taker implements HeldChunk.Taker {
    private final BatchAssembly batch;
    private final List<TargetCopy> copies;
    private final MemorySegment[] targets;

    Taker(BatchAssembly batch, List<TargetCopy> copies, MemorySegment[] targets) {
      this.batch = batch;
      this.copies = copies;
      this.targets = targets;
    }

    @Override
    public void take(MemorySegment decoded) {
      for (TargetCopy each : copies) {
        each.copy().apply(decoded, targets[each.target()]);
      }
      batch.arrived(null);
    }

    @Override
    public void failed(PenstockException failure) {
      batch.arrived(failure);
    }
  }

  /// A chunk that is decoded into a slab.
  private record DirectSink(InFlight.Range range, BatchAssembly batch, MemorySegment target)
      implements ChunkSink {
    @Override
    public boolean wanted() {
      return true;
    }

    @Override
    public void decoded() {
      batch.arrived(null);
      range.chunkDone();
    }

    @Override
    public void failed(PenstockException failure) {
      batch.arrived(failure);
      range.chunkDone();
    }
  }

  /// A chunk that is decoded into a lease of its own.
  private record HeldSink(InFlight.Range range, HeldChunk chunk) implements ChunkSink {
    @Override
    public boolean wanted() {
      return true;
    }

    @Override
    public MemorySegment target() {
      return chunk.target();
    }

    @Override
    public void decoded() {
      settle(null);
    }

    @Override
    public void failed(PenstockException failure) {
      settle(failure);
    }

    private void settle(@Nullable PenstockException failure) {
      chunk.settle(failure);
      range.chunkDone();
    }
  }
}
