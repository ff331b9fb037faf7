package io.penstock.cache;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.error.PenstockException;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PendingTransfer;
import io.penstock.store.RangeRequest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// Fills a cache ahead of its readers, while other work goes on: what is to be kept and is not
/// there yet is read from the store, in long ranges. Ends when all is there, or the cache is full.
/// Thread-safe.
public final class Preload implements AutoCloseable {
  /*
   * A few workers take one group of chunks after the other: chunks behind each other in one object,
   * which one request fetches. The memory is the cache's pool; a group is at most a quarter of it, so
   * that all workers have a group under way. The disk sets the pace: its leases come back when they
   * are written.
   */
  private static final int WORKERS = 4;
  private static final long GROUP_BYTES = 8L << 20;

  private final CachedStore store;
  private final DiskCache cache;
  private final Iterable<RangeRequest> chunks;
  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private final List<CompletableFuture<ObjectInfo>> transfers = new ArrayList<>();
  private @Nullable Iterator<RangeRequest> remaining;
  private @Nullable RangeRequest next;
  private @Nullable Throwable failure;
  private int working = WORKERS;
  private long bytes;
  private long ofBytes = -1;
  private boolean cancelled;

  /// How far it is.
  ///
  /// @param bytes of chunks that are dealt with: that were there, or are on their way to the disk
  /// @param ofBytes of all chunks that are to be kept; −1 before they are counted
  public record Progress(long bytes, long ofBytes) {}

  Preload(CachedStore store, Iterable<RangeRequest> chunks) {
    this.store = store;
    this.cache = store.cache();
    this.chunks = chunks;
  }

  Preload start(Executor executor) {
    executor.execute(() -> {
      if (counted()) {
        for (int i = 1; i < WORKERS; i++) {
          start(executor, this::work);
        }
        work();
      }
    });
    return this;
  }

  private void start(Executor executor, Runnable worker) {
    try {
      executor.execute(worker);
    } catch (RejectedExecutionException e) {
      ended(e);
    }
  }

  /// How far it is now.
  public synchronized Progress progress() {
    return new Progress(bytes, ofBytes);
  }

  /// Whether it has ended, well or not.
  public boolean done() {
    return end.isDone();
  }

  /// Waits for its end.
  ///
  /// @throws PenstockException if it ended because the store failed, or the waiting thread was
  ///   interrupted
  public void await() {
    PendingTransfer.await(end, "preload " + store.uri());
  }

  /// Ends it early, and waits until nothing is under way any more. Idempotent.
  @Override
  public void close() {
    List<CompletableFuture<ObjectInfo>> toCancel;
    synchronized (this) {
      cancelled = true;
      toCancel = List.copyOf(transfers);
    }
    toCancel.forEach(transfer -> transfer.cancel(true));
    end.handle((_, _) -> true).join();
  }

  // --- the workers ----------------------------------------------------------------------------

  private boolean counted() {
    try {
      long sum = 0;
      for (RangeRequest chunk : chunks) {
        sum += store.keeps(piece(chunk)) ? chunk.range().length() : 0;
        if (stopped()) {
          break;
        }
      }
      synchronized (this) {
        ofBytes = sum;
        remaining = chunks.iterator();
      }
      return true;
    } catch (RuntimeException | Error e) {
      end.completeExceptionally(e);
      return false;
    }
  }

  private void work() {
    Throwable failed = null;
    try {
      for (List<RangeRequest> group = group(); !group.isEmpty(); group = group()) {
        load(group);
      }
    } catch (RuntimeException | Error e) {
      failed = e;
    }
    ended(failed);
  }

  private void ended(@Nullable Throwable problem) {
    boolean last;
    Throwable failed;
    synchronized (this) {
      failure = failure == null ? problem : failure;
      working--;
      last = working == 0;
      failed = cancelled ? null : failure;
    }
    if (last) {
      cache.whenWritten(() -> {
        var _ = failed == null ? end.complete(null) : end.completeExceptionally(failed);
      });
    }
  }

  private synchronized boolean stopped() {
    return cancelled || failure != null || !cache.accepts();
  }

  /// The next chunks that lie behind each other and are to be fetched; none at the end.
  private synchronized List<RangeRequest> group() {
    List<RangeRequest> group = new ArrayList<>();
    long memory = 0;
    long most = cache.pool().budgetBytes() / WORKERS;
    while (!stopped()) {
      RangeRequest chunk = next == null ? nextMissing() : next;
      next = chunk;
      if (chunk == null) {
        break;
      }
      memory += BufferPool.slotBytes(chunk.range().length());
      if (!group.isEmpty() && (memory > most || !follows(group, chunk))) {
        break;
      }
      group.add(chunk);
      next = null;
    }
    return group;
  }

  private static boolean follows(List<RangeRequest> group, RangeRequest chunk) {
    RangeRequest last = group.getLast();
    return chunk.key().equals(last.key())
        && chunk.range().offset() == last.range().end()
        && chunk.range().end() - group.getFirst().range().offset() <= GROUP_BYTES;
  }

  private @Nullable RangeRequest nextMissing() {
    while (remaining != null && remaining.hasNext() && !stopped()) {
      RangeRequest chunk = remaining.next();
      Piece piece = piece(chunk);
      if (store.keeps(piece)) {
        long length = chunk.range().length();
        if (!cache.exists(piece) && BufferPool.slotBytes(length) <= cache.pool().budgetBytes()) {
          return chunk;
        }
        bytes += length;
      }
    }
    return null;
  }

  private void load(List<RangeRequest> group) {
    List<Lease> leases =
        new ArrayList<>(
            cache
                .pool()
                .leaseAll(group.stream().mapToLong(chunk -> chunk.range().length()).toArray()));
    try {
      ObjectInfo info = fetch(group, leases);
      for (RangeRequest chunk : group) {
        cache.addLater(piece(chunk), info, leases.removeFirst(), store::unchanged);
        synchronized (this) {
          bytes += chunk.range().length();
        }
      }
    } finally {
      leases.forEach(Lease::close);
    }
  }

  private ObjectInfo fetch(List<RangeRequest> group, List<Lease> leases) {
    RangeRequest first = group.getFirst();
    long start = first.range().offset();
    List<Landing.Slice> slices = new ArrayList<>();
    for (int i = 0; i < group.size(); i++) {
      long at = group.get(i).range().offset() - start;
      slices.add(new Landing.Slice(at, leases.get(i).segment()));
    }
    ByteRange range = new ByteRange(start, group.getLast().range().end() - start);
    CompletableFuture<ObjectInfo> transfer =
        store.origin().read(new RangeRequest(first.key(), range, Optional.empty()), () -> slices);
    boolean late;
    synchronized (this) {
      transfers.add(transfer);
      late = cancelled;
    }
    if (late) {
      transfer.cancel(true);
    }
    try {
      // The memory is lent until the transfer is done, so this wait does not end earlier.
      return transfer.handle((info, failed) -> landed(first.key(), info, failed)).join();
    } catch (CompletionException e) {
      throw PendingTransfer.typed(e, "preload " + first.key());
    } finally {
      synchronized (this) {
        transfers.removeIf(CompletableFuture::isDone);
      }
    }
  }

  private static ObjectInfo landed(
      String key, @Nullable ObjectInfo info, @Nullable Throwable failed) {
    if (info == null) {
      throw PendingTransfer.typed(failed, "preload " + key);
    }
    return info;
  }

  private Piece piece(RangeRequest chunk) {
    return new Piece(store.scope(), chunk.key(), chunk.range().offset(), chunk.range().length());
  }
}
