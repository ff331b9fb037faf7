package io.penstock.buffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Where the slabs of a pool come from: plain native memory, or huge pages, or memory that a device
/// can reach. Thread-safe.
@FunctionalInterface
public interface MemorySource {
  /// Takes a block from the operating system. What it contains does not matter.
  ///
  /// @param bytes exactly the length of the block's segment
  /// @param alignment a power of two that the block's address is a multiple of
  Block take(long bytes, long alignment);

  /// A piece of memory that the pool owns until it closes it.
  interface Block extends AutoCloseable {
    /// The memory: native, accessible from all threads.
    MemorySegment segment();

    /// Gives the memory back. Called once, when nobody uses it any more.
    @Override
    void close();
  }

  /// Memory from the C heap, as the JDK's arenas hand it out.
  static MemorySource plain() {
    return (bytes, alignment) -> {
      Arena arena = Arena.ofShared();
      MemorySegment memory = arena.allocate(bytes, alignment);
      return new Block() {
        @Override
        public MemorySegment segment() {
          return memory;
        }

        @Override
        public void close() {
          arena.close();
        }
      };
    };
  }
}
