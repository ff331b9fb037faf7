package io.penstock.buffer;

import io.penstock.buffer.Slab.Slot;
import io.penstock.error.RefusedException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A budget of native memory, handed out in leases.
///
/// Slots are carved from a few long-lived slabs; no arena is opened or closed for a lease. The
/// bytes that the pool holds from the operating system, used or free, never exceed the budget; what
/// is free is kept for later leases and parts until the pool is closed. Waiting leases are served
/// first in, first out. Thread-safe; waiting does not pin a virtual thread.
///
/// In *checked mode* (system property `penstock.buffer.checked`, or the argument of [#create]) each
/// lease has an arena of its own, so that a segment which outlives its lease throws; memory is
/// poisoned; leases that were never closed are reported with the place where they were taken.
public final class BufferPool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BufferPool.class);
  private static final String CHECKED_PROPERTY = "penstock.buffer.checked";

  private final SlotQueue slots;
  private final KeptBlocks blocks;
  private final boolean checked;
  private final @Nullable BufferPool whole;

  /// Those that are open or have something out.
  private final List<BufferPool> parts = new ArrayList<>();

  /// In checked mode.
  private final Set<Lease> out = Collections.newSetFromMap(new IdentityHashMap<>());

  private BufferPool(
      long budgetBytes, KeptBlocks blocks, boolean checked, @Nullable BufferPool whole) {
    this.slots = new SlotQueue(budgetBytes, blocks);
    this.blocks = blocks;
    this.checked = checked;
    this.whole = whole;
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
    return new BufferPool(budgetBytes, new KeptBlocks(source, budgetBytes), checked, null);
  }

  /// Waits until the budget allows it and returns a lease of at least `bytes`, whose segment is
  /// exactly `bytes` long and 256-byte aligned. Refuses more than the budget at once. Contents are
  /// undefined (poisoned in checked mode). An interrupt ends the wait with code `INTERRUPTED`.
  ///
  /// @throws RefusedException with code `LIMIT_EXCEEDED`, or `CLOSED`
  public Lease lease(long bytes) {
    return leaseOf(slots.take(bytes).getFirst(), bytes, this::giveBack);
  }

  /// The same without waiting: empty if it would have to wait.
  public Optional<Lease> tryLease(long bytes) {
    return slots.tryTake(bytes, 1).map(taken -> leaseOf(taken.getFirst(), bytes, this::giveBack));
  }

  /// Waits until the budget allows all of these leases together, and returns them in this order.
  /// Nobody holds some of them while waiting for the others.
  public List<Lease> leaseAll(long... bytes) {
    List<Slot> taken = slots.take(bytes);
    List<Lease> leases = new ArrayList<>(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      leases.add(leaseOf(taken.get(i), bytes[i], this::giveBack));
    }
    return leases;
  }

  /// Sets apart equal slots, which leases of this reservation get without ever waiting. Does not
  /// wait either: empty if not all of them are free.
  ///
  /// @param leaseBytes the largest lease that will be drawn
  /// @param leases how many at once
  public Optional<Reservation> tryReserve(long leaseBytes, int leases) {
    return slots.tryTake(leaseBytes, leases).map(taken -> new Reservation(this, taken));
  }

  /// A pool of its own with a part of this one's budget, which counts as used here until the part
  /// is closed and its last lease is back. Empty if too much of the budget is in use. Does not
  /// wait.
  ///
  /// @param bytes budget of the part, 64 KiB or more
  public Optional<BufferPool> trySplit(long bytes) {
    BufferPool part = new BufferPool(bytes, blocks, checked, this);
    if (!slots.trySetApart(bytes)) {
      return Optional.empty();
    }
    synchronized (parts) {
      parts.add(part);
    }
    return Optional.of(part);
  }

  /// Bytes of the budget that a lease of so many bytes takes up: its slot.
  public static long slotBytes(long bytes) {
    return Math.multiplyExact(SlotSize.pages(bytes), SlotSize.PAGE_BYTES);
  }

  /// Bytes of a pool's budget that so many leases of so many bytes each take up at most, with what
  /// is lost where their slots do not fill the pool's slabs and nothing smaller does.
  ///
  /// @param budgetBytes of the pool
  public static long slotBytes(long bytes, long leases, long budgetBytes) {
    long slot = slotBytes(bytes);
    long slab = Math.max(slot, SlotSize.slabBytes(budgetBytes));
    long inSlab = slab / slot;
    return Math.addExact(Math.multiplyExact(leases / inSlab, slab), leases % inSlab * slot);
  }

  /// Whether it looks for misuse.
  public boolean checked() {
    return checked;
  }

  /// The most bytes this pool ever holds.
  public long budgetBytes() {
    return slots.budgetBytes();
  }

  /// Bytes of slots that are leased or reserved now.
  public long usedBytes() {
    return slots.usedBytes();
  }

  /// The most bytes that were ever leased or reserved at once.
  public long peakBytes() {
    return slots.peakBytes();
  }

  /// Bytes taken from the operating system now, used or free; of a part what it has of them.
  public long heldBytes() {
    return whole == null ? blocks.heldBytes() : slots.heldBytes();
  }

  /// How many wait for memory now.
  public int waiting() {
    return slots.waiting();
  }

  /// Returns the memory. Whoever waits fails with `CLOSED`. Leases that are still out stay valid
  /// and keep their slabs until closed. Of a pool that is no part of another one they are reported
  /// in the log, and in checked mode with where they were taken. Idempotent.
  ///
  /// @throws IllegalStateException in checked mode, after all else is done, if leases are out
  @Override
  public void close() {
    OptionalLong left = slots.close();
    if (whole == null) {
      blocks.close();
    }
    endIfDone();
    if (left.orElse(0) > 0 && whole == null) {
      report(left.getAsLong());
    }
  }

  /// Gives a part's budget back to the whole, once, when nothing of it is out any more.
  private void endIfDone() {
    if (whole != null && slots.ends()) {
      whole.takeBack(this);
    }
  }

  private void takeBack(BufferPool part) {
    synchronized (parts) {
      parts.remove(part);
    }
    slots.takeBack(part.budgetBytes());
    endIfDone();
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
    synchronized (out) {
      for (Lease lease : out) {
        Throwable site = lease.site();
        if (site != null) {
          sites.add(site);
        }
      }
    }
    List<BufferPool> open;
    synchronized (parts) {
      open = List.copyOf(parts);
    }
    open.forEach(part -> sites.addAll(part.sites()));
    return sites;
  }

  /// A lease on a slot that was taken before. `home` gets it back.
  Lease leaseOf(Slot slot, long bytes, Consumer<Lease> home) {
    Lease lease = new Lease(slot, bytes, home, checked);
    if (checked) {
      synchronized (out) {
        out.add(lease);
      }
    }
    return lease;
  }

  /// A lease went back to its reservation.
  void forget(Lease lease) {
    if (checked) {
      synchronized (out) {
        out.remove(lease);
      }
    }
  }

  /// A lease came back.
  void giveBack(Lease lease) {
    forget(lease);
    free(List.of(lease.slot()));
  }

  /// Slots came back.
  void free(List<Slot> freed) {
    slots.free(freed);
    endIfDone();
  }
}
