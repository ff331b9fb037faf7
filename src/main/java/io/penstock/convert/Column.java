package io.penstock.convert;

import java.lang.foreign.MemorySegment;

/// Some samples of one tensor in memory, one behind the other: C order, this machine's byte order.
/// Valid as long as the memory that the block was read into.
public sealed interface Column {
  /// The elements of all samples.
  MemorySegment elements();

  /// Samples of one shape.
  record Fixed(MemorySegment elements) implements Column {}

  /// Samples of differing shapes.
  ///
  /// @param shapes samples × rank lengths, int32
  record Ragged(MemorySegment elements, MemorySegment shapes) implements Column {}
}
