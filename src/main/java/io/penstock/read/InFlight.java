package io.penstock.read;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The ranges that one reader has on their way: how many, how much memory they hold, and all of
/// them to be cancelled. Thread-safe.
final class InFlight {
  private final Runnable onEnd;
  private final Set<Range> ranges = new LinkedHashSet<>();
  private long memoryBytes;
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
      synchronized (InFlight.this) {
        fetch = toStart;
        late = cancelled;
      }
      if (late) {
        toStart.cancel();
      }
      toStart.start();
    }

    /// One chunk was handed on, or failed, and its memory is back.
    void chunkDone() {
      synchronized (InFlight.this) {
        if (--chunksLeft > 0) {
          return;
        }
        ranges.remove(this);
        InFlight.this.memoryBytes -= memoryBytes;
        InFlight.this.notifyAll();
      }
      onEnd.run();
    }
  }

  /// One more range is about to start.
  synchronized Range begin(int chunks, long memory) {
    Range range = new Range(chunks, memory);
    ranges.add(range);
    memoryBytes += memory;
    return range;
  }

  /// Whether nothing is in flight.
  synchronized boolean none() {
    return ranges.isEmpty();
  }

  /// Waits until one more range fits beside those in flight, or nothing is in flight, or there is a
  /// reason to stop.
  synchronized void awaitRoom(int mostRanges, long room, BooleanSupplier stop)
      throws InterruptedException {
    while (!stop.getAsBoolean()
        && !ranges.isEmpty()
        && (ranges.size() >= mostRanges || memoryBytes > room)) {
      wait();
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
    synchronized (this) {
      cancelled = true;
      toCancel = new LinkedHashSet<>(ranges);
      notifyAll();
    }
    for (Range range : toCancel) {
      RangeFetch fetch = range.fetch;
      if (fetch != null) {
        fetch.cancel();
      }
    }
  }
}
