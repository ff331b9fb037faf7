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

  private record Kept(Block block, long alignment) {}

  @Override
  public Block take(long bytes, long alignment) {
    return new Returning(takeOrFind(bytes, alignment), alignment);
  }

  /// What comes back to be kept.
  private final class Returning implements Block {
    private final Block block;
    private final long alignment;

    Returning(Block block, long alignment) {
      this.block = block;
      this.alignment = alignment;
    }

    @Override
    public MemorySegment segment() {
      return block.segment();
    }

    @Override
    public void close() {
      keep(new Kept(block, alignment));
    }
  }

  private synchronized Block takeOrFind(long bytes, long alignment) {
    for (Iterator<Kept> all = kept.descendingIterator(); all.hasNext(); ) {
      Kept found = all.next();
      if (found.block.segment().byteSize() == bytes && found.alignment == alignment) {
        all.remove();
        return found.block;
      }
    }
    while (!kept.isEmpty() && heldBytes > budgetBytes - bytes) {
      drop(kept.removeFirst().block);
    }
    Block block = source.take(bytes, alignment);
    heldBytes += bytes;
    return block;
  }

  private synchronized void keep(Kept unused) {
    if (closed) {
      drop(unused.block);
    } else {
      kept.addLast(unused);
    }
  }

  private void drop(Block block) {
    heldBytes -= block.segment().byteSize();
    block.close();
  }

  /// Bytes taken from the source now, used or kept.
  synchronized long heldBytes() {
    return heldBytes;
  }

  /// Keeps nothing any more.
  synchronized void close() {
    closed = true;
    while (!kept.isEmpty()) {
      drop(kept.removeLast().block);
    }
  }
}
