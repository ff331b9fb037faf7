package io.penstock.buffer;

import io.penstock.buffer.Slab.Slot;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The slabs of one pool, and how much of its budget they take. Guarded by the pool's lock.
final class Slabs {
  /*
   * Shared slabs have one size, the last one what is left of the budget. A lease above that size gets
   * a slab of its own, which serves later ones of at least half its size. Empty slabs are kept
   * until the budget they take is needed for another one: giving memory back and taking it again
   * costs a page fault for every 4 KiB.
   */
  private static final long HUGE_PAGE_BYTES = 2L << 20;
  private static final long SLOT_ALIGNMENT = 256;

  private final long budgetBytes;
  private final long slabBytes;
  private final MemorySource source;
  private final List<Slab> shared = new ArrayList<>();
  private final List<Slab> own = new ArrayList<>();
  private long heldBytes;

  Slabs(long budgetBytes, MemorySource source) {
    this.budgetBytes = budgetBytes;
    this.slabBytes = SlotSize.slabBytes(budgetBytes);
    this.source = source;
  }

  long heldBytes() {
    return heldBytes;
  }

  /// The most pages that one slot can ever have.
  long mostPages() {
    return budgetBytes / SlotSize.PAGE_BYTES;
  }

  /// Takes a slot, or returns null where neither a slab has room nor the budget for a new one.
  @Nullable Slot take(long pages) {
    if (pages * SlotSize.PAGE_BYTES <= slabBytes) {
      for (Slab slab : shared) {
        Slot slot = slab.take(pages);
        if (slot != null) {
          return slot;
        }
      }
      Slab slab = addShared(pages);
      if (slab != null) {
        return slab.take(pages);
      }
    }
    return takeOwn(pages);
  }

  void free(Slot slot) {
    slot.slab().free(slot);
  }

  /// Takes a part of the budget away, for another pool; false if too much of it is in use.
  boolean setApart(long bytes) {
    if (!makeRoom(bytes)) {
      return false;
    }
    heldBytes += bytes;
    return true;
  }

  /// Takes back what was set apart.
  void takeBack(long bytes) {
    heldBytes -= bytes;
  }

  /// Gives back every slab that has no slot out.
  void releaseEmpty() {
    makeRoom(Long.MAX_VALUE);
  }

  private @Nullable Slab addShared(long pages) {
    long needed = pages * SlotSize.PAGE_BYTES;
    long left = budgetBytes - heldBytes;
    if (left < needed && !makeRoom(needed)) {
      return null;
    }
    long room = Math.min(slabBytes, budgetBytes - heldBytes);
    Slab slab = newSlab(room / SlotSize.PAGE_BYTES * SlotSize.PAGE_BYTES);
    shared.add(slab);
    return slab;
  }

  private @Nullable Slot takeOwn(long pages) {
    for (Slab slab : own) {
      if (slab.empty() && slab.bytes() / 2 <= pages * SlotSize.PAGE_BYTES) {
        Slot slot = slab.take(pages);
        if (slot != null) {
          return slot;
        }
      }
    }
    long needed = pages * SlotSize.PAGE_BYTES;
    if (needed <= slabBytes || !makeRoom(needed)) {
      return null;
    }
    Slab slab = newSlab(needed);
    own.add(slab);
    return slab.take(pages);
  }

  private Slab newSlab(long bytes) {
    long alignment = bytes >= HUGE_PAGE_BYTES ? HUGE_PAGE_BYTES : SLOT_ALIGNMENT;
    Slab slab = new Slab(source.take(bytes, alignment));
    heldBytes += bytes;
    return slab;
  }

  /// Gives back empty slabs until a slab of so many bytes fits; returns whether it does. Gives back
  /// nothing unless that suffices.
  private boolean makeRoom(long bytes) {
    long idle = 0;
    for (List<Slab> slabs : List.of(own, shared)) {
      for (Slab slab : slabs) {
        idle += slab.empty() ? slab.bytes() : 0;
      }
    }
    boolean all = bytes == Long.MAX_VALUE;
    if (!all && heldBytes - idle > budgetBytes - bytes) {
      return false;
    }
    for (List<Slab> slabs : List.of(own, shared)) {
      for (int i = slabs.size() - 1; i >= 0; i--) {
        if (slabs.get(i).empty() && (all || heldBytes > budgetBytes - bytes)) {
          Slab slab = slabs.remove(i);
          heldBytes -= slab.bytes();
          slab.release();
        }
      }
    }
    return true;
  }
}
