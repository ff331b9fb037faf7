package io.penstock.read;

import io.penstock.buffer.BufferPool;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// How chunks of one shard are merged into ranged reads. Pure.
///
/// @param maxGapBytes the largest gap between two chunks that is read for nothing
/// @param gapDivisor gaps are at most this part of a range
/// @param targetBytes a range is not extended once it is so long
/// @param maxBytes no merged range is longer
/// @param maxMemoryBytes slots of the pool that the chunks of one merged range may take
record RangeRules(
    long maxGapBytes, long gapDivisor, long targetBytes, long maxBytes, long maxMemoryBytes) {
  private static final long MIB = 1L << 20;

  /// Gaps up to 1 MiB and a quarter of the range; 8 MiB, at most 16 MiB: beyond some MiB a larger
  /// request is not cheaper for each byte, and below it first-byte time dominates. A range takes at
  /// most an eighth of the budget, so that several are in flight.
  static RangeRules within(long budgetBytes) {
    return new RangeRules(MIB, 4, 8 * MIB, 16 * MIB, budgetBytes / 8);
  }

  /// The ranges that fetch these chunks of one shard.
  ///
  /// @param chunks in any order
  List<RangeRead> merge(List<ChunkRead> chunks) {
    List<ChunkRead> sorted = new ArrayList<>(chunks);
    sorted.sort(Comparator.comparingLong(ChunkRead::offset));
    List<RangeRead> ranges = new ArrayList<>();
    List<ChunkRead> open = new ArrayList<>();
    long gaps = 0;
    long memory = 0;
    for (ChunkRead chunk : sorted) {
      long gap = open.isEmpty() ? 0 : chunk.offset() - open.getLast().end();
      long needed = memoryBytes(chunk);
      if (!open.isEmpty() && !extend(open, chunk, gap, gaps, memory + needed)) {
        ranges.add(new RangeRead(open));
        open = new ArrayList<>();
        gap = 0;
        gaps = 0;
        memory = 0;
      }
      open.add(chunk);
      gaps += gap;
      memory += needed;
    }
    if (!open.isEmpty()) {
      ranges.add(new RangeRead(open));
    }
    return ranges;
  }

  private boolean extend(
      List<ChunkRead> open, ChunkRead next, long gap, long gapsBefore, long memory) {
    long start = open.getFirst().offset();
    long length = next.end() - start;
    return gap >= 0
        && gap <= maxGapBytes
        && gapsBefore + gap <= length / gapDivisor
        && open.getLast().end() - start < targetBytes
        && length <= maxBytes
        && memory <= maxMemoryBytes;
  }

  /// Slots that a chunk takes on its way: its encoded bytes, and its decoded ones where it cannot
  /// be decoded into its target.
  static long memoryBytes(ChunkRead chunk) {
    long encoded = BufferPool.slotBytes(chunk.length());
    return chunk.direct()
        ? encoded
        : encoded + BufferPool.slotBytes(chunk.array().codec().decodedBytes());
  }
}
