package io.penstock.read;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The ranges that one reader has on their way: how many, how much memory they hold, how much has
/// landed and waits to be decoded, and all of them to be cancelled. Thread-safe.
final class InFlight {
  /*
   * Where the store is faster than the codec, reading ahead without end would only move encoded bytes
   * out of the processor's caches before they are decoded, and touch memory that nothing needs yet.
   * So no range is started while so much lies there that every codec thread is busy for a while.
   */
  private static final long ENOUGH_BACKLOG_BYTES = 8L << 20;

  private final Runnable onEnd;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition change = lock.newCondition();
  private final Set<Range> ranges = new LinkedHashSet<>();
  private long memoryBytes;
  private long backlogBytes;
  private boolean cancelled;

  /// @param onEnd called, short, whenever a range has ended
  InFlight(Runnable onEnd) {
    this.onEnd = onEnd;
  }

  /// One range, in flight until all of its chunks are done.
  final class Range {
    private final long memoryBytes;
    private int chunksLeft;
    private @Nullable RangeFetch fetch;

    private Range(int chunks, long memoryBytes) {
      this.chunksLeft = chunks;
      this.memoryBytes = memoryBytes;
    }

    /// Asks the store, or at once fails all chunks if everything has been cancelled meanwhile.
    void start(RangeFetch toStart) {
      boolean late;
      lock.lock();
      try {
        fetch = toStart;
        late = cancelled;
      } finally {
        lock.unlock();
      }
      if (late) {
        toStart.cancel();
      }
      toStart.start();
    }

    /// A chunk has landed and waits to be decoded.
    void landed(long bytes) {
      lock.lock();
      try {
        backlogBytes += bytes;
      } finally {
        lock.unlock();
      }
    }

    /// A chunk that had landed is being decoded, or will not be.
    void taken(long bytes) {
      lock.lock();
      try {
        backlogBytes -= bytes;
        change.signalAll();
      } finally {
        lock.unlock();
      }
    }

    /// One chunk was handed on, or failed, and its memory is back.
    void chunkDone() {
      lock.lock();
      try {
        if (--chunksLeft > 0) {
          return;
        }
        ranges.remove(this);
        InFlight.this.memoryBytes -= memoryBytes;
        change.signalAll();
      } finally {
        lock.unlock();
      }
      onEnd.run();
    }
  }

  /// One more range is about to start.
  Range begin(int chunks, long memory) {
    Range range = new Range(chunks, memory);
    lock.lock();
    try {
      ranges.add(range);
      memoryBytes += memory;
    } finally {
      lock.unlock();
    }
    return range;
  }

  /// Whether nothing is in flight.
  boolean none() {
    lock.lock();
    try {
      return ranges.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /// Waits until one more range fits beside those in flight and is of use, or nothing is in flight,
  /// or there is a reason to stop.
  void awaitRoom(int mostRanges, long room, BooleanSupplier stop) throws InterruptedException {
    lock.lock();
    try {
      while (!stop.getAsBoolean()
          && !ranges.isEmpty()
          && (ranges.size() >= mostRanges
              || memoryBytes > room
              || backlogBytes > ENOUGH_BACKLOG_BYTES)) {
        change.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Waits until nothing is in flight. An interrupt does not end the wait.
  ///
  /// @param onInterrupt called at an interrupt, which is restored afterwards
  void awaitNone(Runnable onInterrupt) {
    boolean interrupted = false;
    while (!none()) {
      try {
        awaitRoom(0, 0, () -> false);
      } catch (InterruptedException e) {
        interrupted = true;
        onInterrupt.run();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Asks the store to stop what is in flight and what still starts.
  void cancelAll() {
    Set<Range> toCancel;
    lock.lock();
    try {
      cancelled = true;
      toCancel = new LinkedHashSet<>(ranges);
      change.signalAll();
    } finally {
      lock.unlock();
    }
    for (Range range : toCancel) {
      RangeFetch fetch = range.fetch;
      if (fetch != null) {
        fetch.cancel();
      }
    }
  }
}
