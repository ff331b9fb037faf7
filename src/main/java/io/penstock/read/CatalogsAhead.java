package io.penstock.read;

import io.penstock.codec.CodecThreads;
import io.penstock.error.PenstockException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;

/// Loads the catalogs of fragments that a loader will need, side by side and while it goes on
/// planning; otherwise each fragment that the order meets would cost a round trip in which nothing
/// else is asked for. Thread-safe.
final class CatalogsAhead implements AutoCloseable {
  /*
   * What fails is forgotten by the tensors, and tried once more by whoever needs it: that one has the
   * failure to tell, and batches to tell it to.
   */
  private static final int MOST_AT_ONCE = 64;

  private final StoredTensors tensors;
  private final ReentrantLock lock;
  private final Semaphore turns = new Semaphore(MOST_AT_ONCE);

  // Guarded by the lock.
  private final Map<Thread, Integer> fragments = new HashMap<>();
  private Runnable onArrival = () -> {};

  /// @param lock of the loader
  CatalogsAhead(StoredTensors tensors, ReentrantLock lock) {
    this.tensors = tensors;
    this.lock = lock;
  }

  /// Says whom to tell, with the lock held, whenever a catalog is there or could not be read.
  void onArrival(Runnable listener) {
    onArrival = listener;
  }

  /// Begins to load some catalogs. Does not block.
  void ask(List<StoredTensors.Key> keys) {
    lock.lock();
    try {
      for (StoredTensors.Key key : keys) {
        Thread thread = Thread.ofVirtual().name("penstock-catalog").unstarted(() -> load(key));
        fragments.put(thread, key.fragment());
        thread.start();
      }
    } finally {
      lock.unlock();
    }
  }

  private void load(StoredTensors.Key key) {
    try {
      turns.acquire();
      try {
        tensors.get(key);
      } finally {
        turns.release();
      }
    } catch (PenstockException e) {
      // Tried again where it is needed.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
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
