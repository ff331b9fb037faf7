package io.penstock.buffer;

import io.penstock.buffer.Slab.Slot;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A budget of native memory, handed out in leases.
///
/// Slots are carved from a few long-lived slabs; no arena is opened or closed for a lease. The
/// bytes that the pool holds from the operating system, used or free, never exceed the budget.
/// Waiting leases are served first in, first out. Thread-safe; waiting does not pin a virtual
/// thread.
///
/// In *checked mode* (system property `penstock.buffer.checked`, or the argument of [#create]) each
/// lease has an arena of its own, so that a segment which outlives its lease throws; memory is
/// poisoned; leases that were never closed are reported with the place where they were taken.
public final class BufferPool implements AutoCloseable {
  /*
   * One lock guards slabs, counters and the queue of waiters. Whoever frees a slot serves the queue
   * from its head, and stops at the first waiter that it cannot satisfy: nobody overtakes, so a large
   * lease is not starved by small ones. A waiter for several slots (a reservation) keeps those that
   * it got while it is the head; behind it nobody gets any.
   */
  private static final Logger LOG = LoggerFactory.getLogger(BufferPool.class);
  private static final String CHECKED_PROPERTY = "penstock.buffer.checked";

  private final long budgetBytes;
  private final MemorySource source;
  private final boolean checked;
  private final @Nullable BufferPool whole;
  private final List<BufferPool> parts = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Waiter> queue = new ArrayDeque<>();
  private final Set<Lease> out = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Slabs slabs;
  private long usedBytes;
  private long peakBytes;
  private boolean closed;
  private boolean handedBack;

  private BufferPool(
      long budgetBytes, MemorySource source, boolean checked, @Nullable BufferPool whole) {
    if (budgetBytes < SlotSize.PAGE_BYTES) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "memory budget of " + budgetBytes + " bytes is less than " + SlotSize.PAGE_BYTES);
    }
    this.budgetBytes = budgetBytes;
    this.source = source;
    this.checked = checked;
    this.whole = whole;
    this.slabs = new Slabs(budgetBytes, source);
  }

  /// A pool over plain native memory, in checked mode if the system property says so.
  ///
  /// @param budgetBytes the most it ever holds, 64 KiB or more
  public static BufferPool create(long budgetBytes) {
    return create(budgetBytes, MemorySource.plain(), Boolean.getBoolean(CHECKED_PROPERTY));
  }

  /// A pool over memory of another kind.
  ///
  /// @param budgetBytes the most it ever holds, 64 KiB or more
  /// @param checked whether to look for misuse, which costs time
  public static BufferPool create(long budgetBytes, MemorySource source, boolean checked) {
    return new BufferPool(budgetBytes, source, checked, null);
  }

  /// Waits until the budget allows it and returns a lease of at least `bytes`, whose segment is
  /// exactly `bytes` long and 256-byte aligned. Refuses more than the budget at once. Contents are
  /// undefined (poisoned in checked mode). An interrupt ends the wait with code `INTERRUPTED`.
  ///
  /// @throws RefusedException with code `LIMIT_EXCEEDED`, or `CLOSED`
  public Lease lease(long bytes) {
    return leaseOf(take(bytes).getFirst(), bytes, this::giveBack);
  }

  /// The same without waiting: empty if it would have to wait.
  public Optional<Lease> tryLease(long bytes) {
    long pages = checkedPages(bytes);
    Slot slot;
    lock.lock();
    try {
      checkOpen();
      slot = queue.isEmpty() ? takeSlot(pages) : null;
    } finally {
      lock.unlock();
    }
    return slot == null ? Optional.empty() : Optional.of(leaseOf(slot, bytes, this::giveBack));
  }

  /// Waits until the budget allows all of these leases together, and returns them in this order.
  /// Nobody holds some of them while waiting for the others.
  public List<Lease> leaseAll(long... bytes) {
    List<Slot> slots = take(bytes);
    List<Lease> leases = new ArrayList<>(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      leases.add(leaseOf(slots.get(i), bytes[i], this::giveBack));
    }
    return leases;
  }

  /// Sets apart slots that leases of this reservation get without ever waiting. Waits for all of
  /// them.
  ///
  /// @param leaseBytes the largest lease that will be drawn
  /// @param leases how many at once
  public Reservation reserve(long leaseBytes, int leases) {
    long[] each = new long[leases];
    Arrays.fill(each, leaseBytes);
    return reserve(each);
  }

  /// The same for leases of several sizes: one slot for each.
  public Reservation reserve(long... leaseBytes) {
    return new Reservation(this, take(leaseBytes));
  }

  /// Sets apart equal slots without waiting: empty if not all of them are free.
  ///
  /// @param leaseBytes the largest lease that will be drawn
  /// @param leases how many at once
  public Optional<Reservation> tryReserve(long leaseBytes, int leases) {
    long pages = checkedPages(leaseBytes);
    List<Slot> slots = new ArrayList<>(leases);
    lock.lock();
    try {
      checkOpen();
      while (slots.size() < leases) {
        Slot slot = queue.isEmpty() ? takeSlot(pages) : null;
        if (slot == null) {
          freeSlots(slots);
          return Optional.empty();
        }
        slots.add(slot);
      }
    } finally {
      lock.unlock();
    }
    return Optional.of(new Reservation(this, slots));
  }

  /// A pool of its own with a part of this one's budget, which counts as used here until the part
  /// is closed and its last lease is back. Empty if too much of the budget is in use. Does not
  /// wait.
  ///
  /// @param bytes budget of the part, 64 KiB or more
  public Optional<BufferPool> trySplit(long bytes) {
    BufferPool part = new BufferPool(bytes, source, checked, this);
    lock.lock();
    try {
      checkOpen();
      if (bytes > budgetBytes || !queue.isEmpty() || !slabs.setApart(bytes)) {
        return Optional.empty();
      }
      parts.add(part);
      use(bytes);
      return Optional.of(part);
    } finally {
      lock.unlock();
    }
  }

  private void use(long bytes) {
    usedBytes += bytes;
    peakBytes = Math.max(peakBytes, usedBytes);
  }

  private void takeBack(BufferPool part) {
    lock.lock();
    try {
      parts.remove(part);
      usedBytes -= part.budgetBytes;
      slabs.takeBack(part.budgetBytes);
      freeSlots(List.of());
    } finally {
      lock.unlock();
    }
  }

  /// Bytes of the budget that a lease of so many bytes takes up: its slot.
  public static long slotBytes(long bytes) {
    return Math.multiplyExact(SlotSize.pages(bytes), SlotSize.PAGE_BYTES);
  }

  /// Whether it looks for misuse.
  public boolean checked() {
    return checked;
  }

  /// The most bytes this pool ever holds.
  public long budgetBytes() {
    return budgetBytes;
  }

  /// Bytes of slots that are leased or reserved now.
  public long usedBytes() {
    lock.lock();
    try {
      return usedBytes;
    } finally {
      lock.unlock();
    }
  }

  /// The most bytes that were ever leased or reserved at once.
  public long peakBytes() {
    lock.lock();
    try {
      return peakBytes;
    } finally {
      lock.unlock();
    }
  }

  /// Bytes taken from the operating system now, used or free.
  public long heldBytes() {
    lock.lock();
    try {
      return slabs.heldBytes();
    } finally {
      lock.unlock();
    }
  }

  /// How many wait for memory now.
  public int waiting() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  /// Returns the memory. Whoever waits fails with `CLOSED`. Leases that are still out stay valid
  /// and keep their slabs until closed. Of a pool that is no part of another one they are reported
  /// in the log, and in checked mode with where they were taken. Idempotent.
  ///
  /// @throws IllegalStateException in checked mode, after all else is done, if leases are out
  @Override
  public void close() {
    long left;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      queue.forEach(waiter -> waiter.changed.signal());
      slabs.releaseEmpty();
      left = usedBytes;
    } finally {
      lock.unlock();
    }
    handBack();
    if (left > 0 && whole == null) {
      report(left);
    }
  }

  /// Gives a part's budget back to the whole, once, when nothing of it is out any more.
  private void handBack() {
    if (whole == null) {
      return;
    }
    lock.lock();
    try {
      if (!closed || usedBytes > 0 || handedBack) {
        return;
      }
      handedBack = true;
    } finally {
      lock.unlock();
    }
    whole.takeBack(this);
  }

  private void report(long left) {
    String text = "the buffer pool is closed while " + left + " bytes are leased or reserved";
    LOG.warn(text);
    if (checked) {
      IllegalStateException failure = new IllegalStateException(text);
      sites().forEach(failure::addSuppressed);
      throw failure;
    }
  }

  /// Where the leases that are out were taken, here and in the parts.
  private List<Throwable> sites() {
    List<Throwable> sites = new ArrayList<>();
    List<BufferPool> open;
    lock.lock();
    try {
      for (Lease lease : out) {
        Throwable site = lease.site();
        if (site != null) {
          sites.add(site);
        }
      }
      open = List.copyOf(parts);
    } finally {
      lock.unlock();
    }
    open.forEach(part -> sites.addAll(part.sites()));
    return sites;
  }

  /// A lease on a slot that was taken before. `home` gets it back.
  Lease leaseOf(Slot slot, long bytes, Consumer<Lease> home) {
    Lease lease = new Lease(slot, bytes, home, checked);
    if (checked) {
      lock.lock();
      try {
        out.add(lease);
      } finally {
        lock.unlock();
      }
    }
    return lease;
  }

  /// A lease went back to its reservation.
  void forget(Lease lease) {
    if (checked) {
      lock.lock();
      try {
        out.remove(lease);
      } finally {
        lock.unlock();
      }
    }
  }

  /// A lease came back.
  void giveBack(Lease lease) {
    forget(lease);
    free(List.of(lease.slot()));
  }

  /// Slots came back.
  void free(List<Slot> slots) {
    lock.lock();
    try {
      freeSlots(slots);
    } finally {
      lock.unlock();
    }
    handBack();
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

  private List<Slot> take(long... leaseBytes) {
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

  private @Nullable Slot takeSlot(long pages) {
    Slot slot = slabs.take(pages);
    if (slot != null) {
      use(slot.bytes());
    }
    return slot;
  }

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
