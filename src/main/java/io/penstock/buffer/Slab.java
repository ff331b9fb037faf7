package io.penstock.buffer;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/// One block of the operating system's memory, carved into slots of whole pages. Guarded by the
/// pool's lock.
final class Slab {
  /*
   * Taken pages are bits. Small slots are searched from the low end and large ones from the high
   * end, so that short-lived chunks and long-lived small things do not cut up each other's space.
   * Freed neighbours join by themselves. `mayFit` remembers the size of the last slot that found no
   * place, so that a full slab is not searched again before something is freed.
   */
  private static final long HIGH_END_PAGES = (2L << 20) / SlotSize.PAGE_BYTES;

  private final MemorySource.Block block;
  private final BitSet taken;
  private final int pages;
  private long mayFit;
  private int takenPages;

  Slab(MemorySource.Block block) {
    this.block = block;
    this.pages = Math.toIntExact(block.segment().byteSize() / SlotSize.PAGE_BYTES);
    this.taken = new BitSet(pages);
    this.mayFit = pages;
  }

  /// A slot of a slab.
  record Slot(Slab slab, int firstPage, int pages) {
    MemorySegment memory() {
      return slab.block
          .segment()
          .asSlice(firstPage * SlotSize.PAGE_BYTES, pages * SlotSize.PAGE_BYTES);
    }

    long bytes() {
      return pages * SlotSize.PAGE_BYTES;
    }
  }

  long bytes() {
    return pages * SlotSize.PAGE_BYTES;
  }

  boolean empty() {
    return takenPages == 0;
  }

  /// Takes a slot of so many pages, or returns null where none is free.
  @Nullable Slot take(long wanted) {
    if (wanted > mayFit || wanted > pages - takenPages) {
      return null;
    }
    int count = Math.toIntExact(wanted);
    int alignment = SlotSize.alignmentPages(count);
    int first =
        count >= HIGH_END_PAGES ? findFromHigh(count, alignment) : findFromLow(count, alignment);
    if (first < 0) {
      mayFit = wanted - 1;
      return null;
    }
    taken.set(first, first + count);
    takenPages += count;
    return new Slot(this, first, count);
  }

  void free(Slot slot) {
    assert taken.nextClearBit(slot.firstPage) >= slot.firstPage + slot.pages : "freed twice";
    taken.clear(slot.firstPage, slot.firstPage + slot.pages);
    takenPages -= slot.pages;
    mayFit = pages;
  }

  void release() {
    block.close();
  }

  private int findFromLow(int count, int alignment) {
    int at = 0;
    while (at + count <= pages) {
      int next = taken.nextSetBit(at);
      if (next < 0 || next >= at + count) {
        return at;
      }
      at = Math.ceilDiv(taken.nextClearBit(next), alignment) * alignment;
    }
    return -1;
  }

  private int findFromHigh(int count, int alignment) {
    int at = (pages - count) / alignment * alignment;
    while (at >= 0) {
      int last = taken.previousSetBit(at + count - 1);
      if (last < at) {
        return at;
      }
      int free = taken.previousClearBit(last);
      at = free + 1 < count ? -1 : (free + 1 - count) / alignment * alignment;
    }
    return -1;
  }
}
