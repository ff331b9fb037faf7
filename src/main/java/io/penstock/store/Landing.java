package io.penstock.store;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;

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

  /// Asks a landing for its slices and checks them against the length of the range. For those who
  /// implement a [Store].
  ///
  /// @throws RefusedException when a slice lies outside the range, overlaps the one before it, or
  ///   is not native or not writable
  static List<Slice> checkedSlices(Landing landing, ByteRange range) {
    List<Slice> slices = List.copyOf(landing.slices());
    long end = 0;
    for (Slice slice : slices) {
      MemorySegment target = slice.target();
      if (slice.offset() < end || slice.offset() > range.length() - target.byteSize()) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            String.format(
                Locale.ROOT,
                "landing slice at %d of %d bytes; the slice before it ends at %d, the range has %d"
                    + " bytes",
                slice.offset(),
                target.byteSize(),
                end,
                range.length()));
      }
      if (!target.isNative() || target.isReadOnly()) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT, "landing slice is not writable native memory");
      }
      end = slice.offset() + target.byteSize();
    }
    return slices;
  }

  /// All bytes of the range into one segment of that size.
  static Landing into(MemorySegment target) {
    List<Slice> slices = List.of(new Slice(0, target));
    return () -> slices;
  }
}
