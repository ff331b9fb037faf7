package io.penstock.convert;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// Memory for one block of samples after the other: a slab that is used again, and for a sample
/// that does not fit into it an allocation of its own, up to a limit. One thread.
final class BlockMemory implements SegmentAllocator, AutoCloseable {
  private static final long ALIGNMENT = 64;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment slab;
  private final long mostBytes;
  private long used;
  private Arena large = Arena.ofShared();
  private long largeBytes;

  /// @param slabBytes that are held throughout
  /// @param mostBytes that a block may need in all
  BlockMemory(long slabBytes, long mostBytes) {
    this.slab = arena.allocate(slabBytes, ALIGNMENT);
    this.mostBytes = mostBytes;
  }

  /// Ends the block before: its segments are not to be used any more.
  void next() {
    used = 0;
    if (largeBytes > 0) {
      large.close();
      large = Arena.ofShared();
      largeBytes = 0;
    }
  }

  @Override
  public MemorySegment allocate(long bytes, long alignment) {
    long start = (used + ALIGNMENT - 1) & -ALIGNMENT;
    if (start <= slab.byteSize() && bytes <= slab.byteSize() - start) {
      used = start + bytes;
      return slab.asSlice(start, bytes);
    }
    if (bytes > mostBytes - largeBytes) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          "a sample of "
              + bytes
              + " bytes exceeds the "
              + mostBytes
              + " that the memory budget leaves for it; a larger --memory helps");
    }
    largeBytes += bytes;
    return large.allocate(bytes, ALIGNMENT);
  }

  @Override
  public void close() {
    large.close();
    arena.close();
  }
}
