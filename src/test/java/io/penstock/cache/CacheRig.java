package io.penstock.cache;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.penstock.buffer.BufferPool;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.MemoryStore;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PendingTransfer;
import io.penstock.store.PutCondition;
import io.penstock.store.RangeRequest;
import io.penstock.testing.CountingStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/// A cache over a store in memory that holds objects of random bytes, and the threads of both.
final class CacheRig implements AutoCloseable {
  static final int KIB = 1 << 10;
  static final String DATASET = "memory:test dataset 1";
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  final MemoryStore memory = new MemoryStore(() -> NOW);
  final CountingStore origin = new CountingStore(memory);
  final ExecutorService reads = Executors.newFixedThreadPool(2);
  final ExecutorService writes = Executors.newSingleThreadExecutor();
  final BufferPool pool;
  final DiskCache cache;
  final CachedStore store;
  private final Arena arena = Arena.ofShared();

  CacheRig(Path directory, long budgetBytes, long unitBytes) {
    this(directory, budgetBytes, unitBytes, 8L << 20, Opening.DIRECT);
  }

  CacheRig(Path directory, long budgetBytes, long unitBytes, long copyBytes, Opening opening) {
    pool = BufferPool.create(copyBytes);
    cache =
        DiskCache.open(
            directory, budgetBytes, unitBytes, new DiskCache.Parts(pool, reads, writes), opening);
    store = cache.over(origin, DATASET);
    settle();
  }

  /// Puts an object of random bytes, past the cache.
  byte[] put(String key, int bytes, long seed) {
    byte[] content = new byte[bytes];
    new Random(seed).nextBytes(content);
    memory.put(key, MemorySegment.ofArray(content), PutCondition.NONE);
    return content;
  }

  /// Reads one range as one slice.
  byte[] read(String key, long offset, int bytes) {
    MemorySegment target = arena.allocate(bytes);
    await(store.read(RangeRequest.of(key, offset, bytes), Landing.into(target)));
    return target.toArray(ValueLayout.JAVA_BYTE);
  }

  /// Reads consecutive chunks as slices of one range; returns them one behind the other.
  byte[] readChunks(String key, long offset, int chunkBytes, int chunks) {
    MemorySegment target = arena.allocate((long) chunkBytes * chunks);
    List<Landing.Slice> slices = new ArrayList<>();
    for (int i = 0; i < chunks; i++) {
      long at = (long) i * chunkBytes;
      slices.add(new Landing.Slice(at, target.asSlice(at, chunkBytes)));
    }
    ByteRange range = new ByteRange(offset, target.byteSize());
    await(store.read(new RangeRequest(key, range, Optional.empty()), () -> slices));
    return target.toArray(ValueLayout.JAVA_BYTE);
  }

  static ObjectInfo await(CompletableFuture<ObjectInfo> read) {
    return PendingTransfer.await(read, "read");
  }

  /// Waits until everything that was handed to the writing thread is done.
  void settle() {
    try {
      writes.submit(() -> {}).get(60, SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /// Keeps the writing thread from whatever is handed to it until the result is closed.
  HeldBack holdWrites() {
    CountDownLatch released = new CountDownLatch(1);
    writes.execute(() -> {
      try {
        released.await();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    });
    return released::countDown;
  }

  @FunctionalInterface
  interface HeldBack extends AutoCloseable {
    @Override
    void close();
  }

  CacheStats stats() {
    return cache.stats();
  }

  /// The files of pieces below a cache's directory.
  static List<Path> pieces(Path directory) {
    try (Stream<Path> files = Files.walk(directory.resolve("objects"))) {
      return files.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The names of what lies in a directory.
  static List<String> names(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What the files of pieces take, in blocks of 4 KiB.
  static long diskBytes(Path directory) {
    return pieces(directory).stream().mapToLong(CacheRig::blocks).sum();
  }

  private static long blocks(Path file) {
    try {
      return Math.ceilDiv(Files.size(file), 4096) * 4096;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    cache.close();
    store.close();
    reads.close();
    writes.close();
    pool.close();
    arena.close();
  }
}
