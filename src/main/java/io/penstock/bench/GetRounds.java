package io.penstock.bench;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.TransientException;
import io.penstock.store.ByteRange;
import io.penstock.store.ObjectInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Ranges at random places, so many at once, read in one way, round by round. One thread.
final class GetRounds implements AutoCloseable {
  private static final int SHORT_FOR_EACH = 50;
  private static final int MOST_SHORT = 20_000;
  private static final long SHORT_BYTES = 4096;

  private final RangeReads reads;
  private final List<ObjectInfo> objects;
  private final GetBench.Options options;
  private final List<MemorySegment> slots = new ArrayList<>();
  private final List<RangeReads.Reader> readers = new ArrayList<>();
  private final LongSupplier nanoTime;

  private record Place(String key, ByteRange range) {
    MemorySegment target(MemorySegment slot) {
      return slot.asSlice(0, range.length());
    }
  }

  /// @param reads borrowed
  /// @param objects each long enough for a range
  /// @param memory room for all ranges that are under way; lent until this is closed
  GetRounds(
      RangeReads reads,
      List<ObjectInfo> objects,
      GetBench.Options options,
      MemorySegment memory,
      LongSupplier nanoTime) {
    this.reads = reads;
    this.objects = objects;
    this.options = options;
    this.nanoTime = nanoTime;
    for (int i = 0; i < options.concurrency(); i++) {
      slots.add(memory.asSlice(i * options.rangeBytes(), options.rangeBytes()));
      if (reads instanceof RangeReads.Blocking blocking) {
        readers.add(blocking.reader());
      }
    }
  }

  /// Reads so many ranges. Blocks.
  ///
  /// @param seed of their places
  GetRound run(int requests, long seed) {
    return run(requests, seed, options.rangeBytes());
  }

  /// Reads many short ranges, then so many as they are measured. What a range costs besides its
  /// bytes is compiled only after thousands of them.
  void warmUp(int requests) {
    int more = (int) Math.min((long) requests * SHORT_FOR_EACH, MOST_SHORT);
    run(more, options.seed(), Math.min(SHORT_BYTES, options.rangeBytes()));
    run(requests, options.seed());
  }

  private GetRound run(int requests, long seed, long bytes) {
    List<Place> places = places(requests, seed, bytes);
    long[] nanos = new long[requests];
    long cpu = ProcessUsage.cpuNanos();
    long heap = ProcessUsage.allocatedBytes();
    long collections = ProcessUsage.collections();
    long start = nanoTime.getAsLong();
    switch (reads) {
      case RangeReads.Later later -> new Round(later, places, nanos).run();
      case RangeReads.Blocking _ -> inThreads(places, nanos);
    }
    double seconds = (nanoTime.getAsLong() - start) / 1e9;
    double cpuSeconds = (ProcessUsage.cpuNanos() - cpu) / 1e9;
    heap = ProcessUsage.allocatedBytes() - heap;
    collections = ProcessUsage.collections() - collections;
    Arrays.sort(nanos);
    return new GetRound(
        bytes * requests,
        requests,
        seconds,
        cpuSeconds,
        heap,
        collections,
        millis(nanos, 0.5),
        millis(nanos, 0.99));
  }

  /// Reads one range and returns its CRC-32C, by which ways of reading are known to read the same.
  long sum(long seed) {
    run(1, seed);
    return crc32c(slots.getLast());
  }

  private List<Place> places(int requests, long seed, long bytes) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Place> places = new ArrayList<>(requests);
    for (int i = 0; i < requests; i++) {
      ObjectInfo object = objects.get(random.nextInt(objects.size()));
      long offset = random.nextLong(object.bytes() - bytes + 1);
      places.add(new Place(object.key(), new ByteRange(offset, bytes)));
    }
    return places;
  }

  private static double millis(long[] sorted, double share) {
    return sorted.length == 0 ? 0 : sorted[(int) Math.ceil(share * sorted.length) - 1] / 1e6;
  }

  private static long crc32c(MemorySegment bytes) {
    CRC32C sum = new CRC32C();
    sum.update(bytes.asByteBuffer());
    return sum.getValue();
  }

  /// What a caller does with a range that has come.
  private void use(MemorySegment slot) {
    if (options.crc32c()) {
      long _ = crc32c(slot);
    }
  }

  private void inThreads(List<Place> places, long[] nanos) {
    AtomicInteger next = new AtomicInteger();
    Queue<Exception> failures = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 1; i <= Math.min(slots.size(), places.size()); i++) {
      RangeReads.Reader reader = readers.get(slots.size() - i);
      MemorySegment slot = slots.get(slots.size() - i);
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  for (int at = next.getAndIncrement();
                      at < nanos.length && failures.isEmpty();
                      at = next.getAndIncrement()) {
                    long began = nanoTime.getAsLong();
                    MemorySegment target = places.get(at).target(slot);
                    reader.read(places.get(at).key(), places.get(at).range(), target);
                    nanos[at] = nanoTime.getAsLong() - began;
                    use(target);
                  }
                } catch (IOException | RuntimeException e) {
                  failures.add(e);
                }
              }));
    }
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      threads.forEach(Thread::interrupt);
      Thread.currentThread().interrupt();
      throw new TransientException(ErrorCode.INTERRUPTED, "bench get: interrupted", e);
    }
    failures.stream()
        .findFirst()
        .ifPresent(why -> {
          throw failure(why);
        });
  }

  /// Says of a failure that is not ours all that it says itself.
  private PenstockException failure(Throwable why) {
    Throwable cause =
        why instanceof CompletionException && why.getCause() != null ? why.getCause() : why;
    return cause instanceof PenstockException known
        ? known
        : new TransientException(ErrorCode.STORE_UNAVAILABLE, reads.with() + ": " + cause, cause);
  }

  @Override
  public void close() {
    try {
      for (RangeReads.Reader reader : readers) {
        reader.close();
      }
    } catch (IOException e) {
      throw new TransientException(ErrorCode.STORE_UNAVAILABLE, "cannot close: " + e, e);
    }
  }

  /// So many ranges, one after the other in each slot of the memory: whoever brings a range asks
  /// for the next one there.
  private final class Round {
    private final RangeReads.Later later;
    private final List<Place> places;
    private final long[] nanos;
    private final AtomicInteger next = new AtomicInteger();
    private final CountDownLatch slotsInUse = new CountDownLatch(slots.size());
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Round(RangeReads.Later later, List<Place> places, long[] nanos) {
      this.later = later;
      this.places = places;
      this.nanos = nanos;
    }

    void run() {
      slots.reversed().forEach(this::fill); // a single range lands in the last one
      awaitAll();
      Throwable why = failure.get();
      if (why != null) {
        throw failure(why);
      }
    }

    private void fill(MemorySegment slot) {
      for (int at = next.getAndIncrement();
          at < nanos.length && failure.get() == null;
          at = next.getAndIncrement()) {
        CompletableFuture<?> used = read(at, slot);
        if (!used.isDone()) {
          var _ = used.thenRun(() -> fill(slot));
          return;
        }
      }
      slotsInUse.countDown();
    }

    /// Reads a range and uses it; the future never fails.
    private CompletableFuture<?> read(int index, MemorySegment slot) {
      Place place = places.get(index);
      MemorySegment target = place.target(slot);
      long began = nanoTime.getAsLong();
      return begun(place, target)
          .handle((_, why) -> {
            nanos[index] = nanoTime.getAsLong() - began;
            if (why == null) {
              use(target);
            } else {
              failure.compareAndSet(null, why);
            }
            return why;
          });
    }

    private CompletableFuture<?> begun(Place place, MemorySegment target) {
      try {
        return later.read(place.key(), place.range(), target);
      } catch (RuntimeException e) {
        return CompletableFuture.failedFuture(e);
      }
    }

    /// After an interrupt nothing more is asked for, but what has been is waited for: its memory is
    /// lent.
    private void awaitAll() {
      while (true) {
        try {
          slotsInUse.await();
          return;
        } catch (InterruptedException _) {
          failure.compareAndSet(
              null, new TransientException(ErrorCode.INTERRUPTED, "bench get: interrupted"));
        }
      }
    }
  }
}
