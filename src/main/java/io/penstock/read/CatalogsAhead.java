package io.penstock.read;

import io.penstock.codec.CodecThreads;
import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// Loads the catalogs of fragments and the entries of ragged samples that a loader will need, side
/// by side and while it goes on planning; otherwise each fragment that the order meets would cost
/// round trips in which nothing else is asked for. Thread-safe.
final class CatalogsAhead implements AutoCloseable {
  /*
   * What fails is forgotten by the tensors, and tried once more by whoever needs it: that one has the
   * failure to tell, and batches to tell it to. Whoever loads something else may wait for catalogs,
   * which therefore have turns of their own.
   */
  private static final int MOST_AT_ONCE = 128;

  /// For what is of no fragment alone.
  private static final int NO_FRAGMENT = -1;

  private final StoredTensors tensors;
  private final ReentrantLock lock;
  private final Semaphore catalogs = new Semaphore(MOST_AT_ONCE);
  private final Semaphore others;

  // Guarded by the lock.
  private final Map<Thread, Integer> fragments = new HashMap<>();
  private Runnable onArrival = () -> {};

  /// @param lock of the loader
  /// @param mostOthers that are loaded at once beside catalogs; they take turns in the order in
  ///   which they are asked for
  CatalogsAhead(StoredTensors tensors, ReentrantLock lock, int mostOthers) {
    this.others = new Semaphore(Math.min(mostOthers, MOST_AT_ONCE), true);
    this.tensors = tensors;
    this.lock = lock;
  }

  /// Says whom to tell, with the lock held, whenever a catalog is there or could not be read.
  void onArrival(Runnable listener) {
    onArrival = listener;
  }

  /// Begins to load some catalogs. Does not block.
  void ask(List<StoredTensors.Key> keys) {
    for (StoredTensors.Key key : keys) {
      var _ = start(key.fragment(), catalogs, () -> tensors.get(key));
    }
  }

  /// Begins to load something else. Does not block.
  ///
  /// @return what was loaded, or the failure
  <T> CompletableFuture<T> load(Supplier<T> what) {
    return start(NO_FRAGMENT, others, what);
  }

  private <T> CompletableFuture<T> start(int fragment, Semaphore turns, Supplier<T> what) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        Thread.ofVirtual().name("penstock-catalog").unstarted(() -> load(turns, what, result));
    lock.lock();
    try {
      fragments.put(thread, fragment);
    } finally {
      lock.unlock();
    }
    thread.start();
    return result;
  }

  private <T> void load(Semaphore turns, Supplier<T> what, CompletableFuture<T> result) {
    try {
      turns.acquire();
      try {
        result.complete(what.get());
      } finally {
        turns.release();
      }
    } catch (InterruptedException e) {
      result.completeExceptionally(
          new TransientException(ErrorCode.INTERRUPTED, "a read was interrupted", e));
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      result.completeExceptionally(e);
    } finally {
      lock.lock();
      try {
        fragments.remove(Thread.currentThread());
        onArrival.run();
      } finally {
        lock.unlock();
      }
    }
  }

  /// Whether catalogs of a fragment are on their way.
  boolean awaits(int fragment) {
    lock.lock();
    try {
      return fragments.containsValue(fragment);
    } finally {
      lock.unlock();
    }
  }

  /// Whether any are on their way.
  boolean awaitsAny() {
    lock.lock();
    try {
      return !fragments.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /// Stops what is on its way, and waits until it has.
  @Override
  public void close() {
    List<Thread> running;
    lock.lock();
    try {
      running = List.copyOf(fragments.keySet());
    } finally {
      lock.unlock();
    }
    running.forEach(Thread::interrupt);
    CodecThreads.awaitEnd(running);
  }
}
