package io.penstock.buffer;

import io.penstock.buffer.Slab.Slot;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The slots of one budget, for whoever asks first. Thread-safe; waiting does not pin a virtual
/// thread.
final class SlotQueue {
  /*
   * One lock guards slabs, counters and the queue of waiters. Whoever frees a slot serves the queue
   * from its head, and stops at the first waiter that it cannot satisfy: nobody overtakes, so a large
   * lease is not starved by small ones. A waiter for several slots keeps those that it got while it
   * is the head; behind it nobody gets any.
   */
  private final long budgetBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Waiter> queue = new ArrayDeque<>();
  private final Slabs slabs;
  private long usedBytes;
  private long peakBytes;
  private boolean closed;
  private boolean ended;

  SlotQueue(long budgetBytes, MemorySource source) {
    if (budgetBytes < SlotSize.PAGE_BYTES) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "memory budget of " + budgetBytes + " bytes is less than " + SlotSize.PAGE_BYTES);
    }
    this.budgetBytes = budgetBytes;
    this.slabs = new Slabs(budgetBytes, source);
  }

  long budgetBytes() {
    return budgetBytes;
  }

  long usedBytes() {
    lock.lock();
    try {
      return usedBytes;
    } finally {
      lock.unlock();
    }
  }

  long peakBytes() {
    lock.lock();
    try {
      return peakBytes;
    } finally {
      lock.unlock();
    }
  }

  long heldBytes() {
    lock.lock();
    try {
      return slabs.heldBytes();
    } finally {
      lock.unlock();
    }
  }

  int waiting() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  // --- without waiting ------------------------------------------------------------------------

  /// Takes equal slots; empty where not all are free, or others wait.
  Optional<List<Slot>> tryTake(long bytes, int count) {
    long pages = checkedPages(bytes);
    List<Slot> slots = new ArrayList<>(count);
    lock.lock();
    try {
      checkOpen();
      while (slots.size() < count) {
        Slot slot = queue.isEmpty() ? takeSlot(pages) : null;
        if (slot == null) {
          freeSlots(slots);
          return Optional.empty();
        }
        slots.add(slot);
      }
      return Optional.of(slots);
    } finally {
      lock.unlock();
    }
  }

  /// Takes a part of the budget, which counts as used; false where too much of it is in use, or
  /// others wait.
  boolean trySetApart(long bytes) {
    lock.lock();
    try {
      checkOpen();
      if (bytes > budgetBytes || !queue.isEmpty() || !slabs.setApart(bytes)) {
        return false;
      }
      use(bytes);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Slots come back.
  void free(List<Slot> slots) {
    lock.lock();
    try {
      freeSlots(slots);
    } finally {
      lock.unlock();
    }
  }

  /// What was set apart comes back.
  void takeBack(long bytes) {
    lock.lock();
    try {
      usedBytes -= bytes;
      slabs.takeBack(bytes);
      freeSlots(List.of());
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Slot takeSlot(long pages) {
    Slot slot = slabs.take(pages);
    if (slot != null) {
      use(slot.bytes());
    }
    return slot;
  }

  private void use(long bytes) {
    usedBytes += bytes;
    peakBytes = Math.max(peakBytes, usedBytes);
  }

  private void letGo(List<Slot> slots) {
    for (Slot slot : slots) {
      usedBytes -= slot.bytes();
      slabs.free(slot);
    }
  }

  private void freeSlots(List<Slot> slots) {
    letGo(slots);
    if (closed) {
      slabs.releaseEmpty();
    } else {
      serve();
    }
  }

  // --- waiting --------------------------------------------------------------------------------

  /// One who wants slots; gets the largest first, which leaves the fewest holes.
  private static final class Waiter {
    final long[] pages;
    final int[] largestFirst;
    final Slot[] slots;
    final Condition changed;
    int taken;
    boolean startedAnew;
    boolean refused;
    @Nullable Error failure;

    Waiter(long[] pages, Condition changed) {
      this.pages = pages;
      this.largestFirst =
          IntStream.range(0, pages.length)
              .boxed()
              .sorted(Comparator.comparingLong(lease -> -pages[lease]))
              .mapToInt(Integer::intValue)
              .toArray();
      this.slots = new Slot[pages.length];
      this.changed = changed;
    }

    long nextPages() {
      return pages[largestFirst[taken]];
    }

    void add(Slot slot) {
      slots[largestFirst[taken++]] = slot;
    }

    long takenBytes() {
      return takenSlots().stream().mapToLong(Slot::bytes).sum();
    }

    List<Slot> takenSlots() {
      return IntStream.range(0, taken).mapToObj(i -> slots[largestFirst[i]]).toList();
    }

    /// Forgets what it has taken.
    List<Slot> drop() {
      List<Slot> dropped = takenSlots();
      taken = 0;
      return dropped;
    }

    boolean served() {
      return taken == pages.length;
    }

    boolean waits() {
      return !served() && !refused && failure == null;
    }
  }

  /// Waits for a slot for each of these leases, and returns them in this order. An interrupt ends
  /// the wait.
  List<Slot> take(long... leaseBytes) {
    long[] pages = new long[leaseBytes.length];
    long sum = 0;
    for (int i = 0; i < pages.length; i++) {
      pages[i] = checkedPages(leaseBytes[i]);
      sum += pages[i];
    }
    refuseAboveBudget(sum);
    lock.lock();
    try {
      checkOpen();
      Waiter waiter = new Waiter(pages, lock.newCondition());
      queue.add(waiter);
      serve();
      await(waiter, sum);
      return List.of(waiter.slots);
    } finally {
      lock.unlock();
    }
  }

  private void await(Waiter waiter, long pages) {
    try {
      while (waiter.waits() && !closed) {
        waiter.changed.await();
      }
      if (waiter.served()) {
        return;
      }
      if (waiter.failure != null) {
        throw waiter.failure;
      }
      checkOpen();
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          waiter.pages.length
              + " leases of "
              + pages * SlotSize.PAGE_BYTES
              + " bytes at once do not fit the memory budget of "
              + budgetBytes
              + " bytes side by side: raise it by a half");
    } catch (InterruptedException e) {
      if (waiter.served()) {
        Thread.currentThread().interrupt();
        return;
      }
      abandon(waiter);
      Thread.currentThread().interrupt();
      throw new TransientException(
          ErrorCode.INTERRUPTED, "interrupted while waiting for memory", e);
    } catch (RuntimeException | Error e) {
      abandon(waiter);
      throw e;
    }
  }

  private void abandon(Waiter waiter) {
    queue.remove(waiter);
    freeSlots(waiter.drop());
  }

  /// Serves the queue from its head as far as slots go.
  private void serve() {
    for (Waiter head = queue.peek(); head != null; head = queue.peek()) {
      try {
        while (head.waits()) {
          Slot slot = takeSlot(head.nextPages());
          if (slot != null) {
            head.add(slot);
          } else if (usedBytes > head.takenBytes()) {
            return;
          } else {
            // Nobody else holds anything: waiting longer would be for ever.
            letGo(head.drop());
            head.refused = head.startedAnew;
            head.startedAnew = true;
          }
        }
      } catch (OutOfMemoryError e) {
        // The system has less than the budget promises: that is for the one who asked.
        head.failure = e;
      }
      queue.poll();
      head.changed.signal();
    }
  }

  // --- the end --------------------------------------------------------------------------------

  /// Gives out nothing more; whoever waits fails with `CLOSED`. Returns how many bytes are out;
  /// empty if it was closed before.
  OptionalLong close() {
    lock.lock();
    try {
      if (closed) {
        return OptionalLong.empty();
      }
      closed = true;
      queue.forEach(waiter -> waiter.changed.signal());
      slabs.releaseEmpty();
      return OptionalLong.of(usedBytes);
    } finally {
      lock.unlock();
    }
  }

  /// True once: when it is closed and all that it gave out is back.
  boolean ends() {
    lock.lock();
    try {
      boolean ends = closed && usedBytes == 0 && !ended;
      ended |= ends;
      return ends;
    } finally {
      lock.unlock();
    }
  }

  // --- checks ---------------------------------------------------------------------------------

  private long checkedPages(long bytes) {
    if (bytes < 0) {
      throw new RefusedException(ErrorCode.INVALID_ARGUMENT, "a lease of " + bytes + " bytes");
    }
    if (bytes > budgetBytes) {
      throw aboveBudget(bytes);
    }
    long pages = SlotSize.pages(bytes);
    refuseAboveBudget(pages);
    return pages;
  }

  private void refuseAboveBudget(long pages) {
    if (pages > slabs.mostPages()) {
      throw aboveBudget(pages * SlotSize.PAGE_BYTES);
    }
  }

  private RefusedException aboveBudget(long bytes) {
    return new RefusedException(
        ErrorCode.LIMIT_EXCEEDED,
        bytes + " bytes at once exceed the memory budget of " + budgetBytes + " bytes");
  }

  private void checkOpen() {
    if (closed) {
      throw new RefusedException(ErrorCode.CLOSED, "the buffer pool is closed");
    }
  }
}
