package io.penstock.buffer;

/// The sizes that slots have: pages of 64 KiB up to 512 KiB, then four steps for each power of two
/// up to 16 MiB, then multiples of 2 MiB. So at most a fifth of a slot above 512 KiB is unused, and
/// a chunk of 768 KiB costs just that.
final class SlotSize {
  /// The unit in which slabs are carved.
  static final long PAGE_BYTES = 64L << 10;

  private static final long LARGEST_SLAB_BYTES = 64L << 20;
  private static final long USUAL_SLAB_BYTES = 4L << 20;
  private static final long LARGE_STEP_BYTES = 2L << 20;
  private static final long LAST_STEPPED_BYTES = 16L << 20;

  private SlotSize() {}

  /// The size of most slabs: 64 MiB, or an eighth of the budget where that is less, but not below 4
  /// MiB; so that parts of the budget stay free to be given back or set apart.
  static long slabBytes(long budgetBytes) {
    long bytes =
        Math.min(
            LARGEST_SLAB_BYTES, Math.max(USUAL_SLAB_BYTES, Long.highestOneBit(budgetBytes / 8)));
    return Math.min(bytes, budgetBytes) / PAGE_BYTES * PAGE_BYTES;
  }

  /// Pages of the slot that serves a lease of so many bytes; one for an empty lease.
  static long pages(long bytes) {
    long step = stepBytes(bytes);
    return Math.ceilDiv(Math.max(1, bytes), step) * (step / PAGE_BYTES);
  }

  /// Pages that the first page of such a slot is aligned to within its slab.
  static int alignmentPages(long pages) {
    return Math.toIntExact(stepBytes(pages * PAGE_BYTES) / PAGE_BYTES);
  }

  private static long stepBytes(long bytes) {
    if (bytes > LAST_STEPPED_BYTES) {
      return LARGE_STEP_BYTES;
    }
    return Math.max(PAGE_BYTES, Long.highestOneBit(Math.max(1, bytes - 1)) / 4);
  }
}
