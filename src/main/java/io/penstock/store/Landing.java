package io.penstock.store;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// Where the bytes of one ranged read go. Asked once, when the answer's head has been checked, so
/// that idle and queued requests own no memory. The slices are native, in order of their offsets,
/// do not overlap and lie within the range; bytes between them are skipped.
@FunctionalInterface
public interface Landing {
  /// The slices; their segments are lent to the store until the read is done.
  List<Slice> slices();

  /// Bytes of the range that go to one segment.
  ///
  /// @param offset of the first byte, counted from the start of the range
  /// @param target receives `target.byteSize()` bytes
  record Slice(long offset, MemorySegment target) {}

  /// All bytes of the range into one segment of that size.
  static Landing into(MemorySegment target) {
    List<Slice> slices = List.of(new Slice(0, target));
    return () -> slices;
  }
}
