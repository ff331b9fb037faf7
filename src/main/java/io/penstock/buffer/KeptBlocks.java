package io.penstock.buffer;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Iterator;

/// The blocks of a pool and of its parts. Keeps those that nobody uses any more for whoever wants
/// one of the same kind, as far as the budget goes. Thread-safe.
final class KeptBlocks implements MemorySource {
  /*
   * A loader has a part of the pool, and one comes after the other: each epoch of an evaluation, each
   * test. Fresh memory costs a page fault for every 4 KiB, as much as a tenth of decoding images
   * into it. What the pools account for never exceeds the budget, so dropping what is kept always
   * makes room. The block that came back last is the one whose pages are most likely in a cache.
   */
  private final MemorySource source;
  private final long budgetBytes;
  private final ArrayDeque<Kept> kept = new ArrayDeque<>();
  private long heldBytes;
  private boolean closed;

  /// @param budgetBytes the most that those who take from it hold at once
  KeptBlocks(MemorySource source, long budgetBytes) {
    this.source = source;
    this.budgetBytes = budgetBytes;
  }

  /// A block with whoever took it, or kept for the next.
  private final class Kept implements Block {
    private final Block block;
    private final long alignment;

    Kept(Block block, long alignment) {
      this.block = block;
      this.alignment = alignment;
    }

    boolean serves(long bytes, long aligned) {
      return segment().byteSize() == bytes && alignment == aligned;
    }

    @Override
    public MemorySegment segment() {
      return block.segment();
    }

    @Override
    public void close() {
      keep(this);
    }
  }

  @Override
  public synchronized Block take(long bytes, long alignment) {
    for (Iterator<Kept> all = kept.descendingIterator(); all.hasNext(); ) {
      Kept found = all.next();
      if (found.serves(bytes, alignment)) {
        all.remove();
        return found;
      }
    }
    while (!kept.isEmpty() && heldBytes > budgetBytes - bytes) {
      drop(kept.removeFirst());
    }
    Kept taken = new Kept(source.take(bytes, alignment), alignment);
    heldBytes += bytes;
    return taken;
  }

  private synchronized void keep(Kept unused) {
    if (closed) {
      drop(unused);
    } else {
      kept.addLast(unused);
    }
  }

  private void drop(Kept unused) {
    heldBytes -= unused.segment().byteSize();
    unused.block.close();
  }

  /// Bytes taken from the source now, used or kept.
  synchronized long heldBytes() {
    return heldBytes;
  }

  /// Keeps nothing any more.
  synchronized void close() {
    closed = true;
    while (!kept.isEmpty()) {
      drop(kept.removeLast());
    }
  }
}
