package io.penstock.read;

import java.lang.foreign.MemorySegment;

/// Copies a box of a C-order array into a strided place of a target: one copy for each run of bytes
/// that is contiguous in both. Immutable.
final class BoxCopy {
  private static final long[] NONE = {};

  private final int target;
  private final long sourceOffset;
  private final long targetOffset;
  private final long runBytes;
  private final long[] counts;
  private final long[] sourceStrides;
  private final long[] targetStrides;

  private BoxCopy(
      int target,
      long sourceOffset,
      long targetOffset,
      long runBytes,
      long[] counts,
      long[] sourceStrides,
      long[] targetStrides) {
    this.target = target;
    this.sourceOffset = sourceOffset;
    this.targetOffset = targetOffset;
    this.runBytes = runBytes;
    this.counts = counts;
    this.sourceStrides = sourceStrides;
    this.targetStrides = targetStrides;
  }

  /// A copy of one contiguous run of bytes.
  static BoxCopy run(int target, long sourceOffset, long targetOffset, long bytes) {
    return new BoxCopy(target, sourceOffset, targetOffset, bytes, NONE, NONE, NONE);
  }

  /// A copy of a box.
  ///
  /// @param target which of the targets it goes to
  /// @param elementBytes bytes of an element
  /// @param source dimensions of the array
  /// @param origin of the box in the array
  /// @param extent of the box, each 1 or more
  /// @param targetOffset where the box's first element goes, in bytes
  /// @param targetStrides bytes between neighbours on each axis of the target
  static BoxCopy of(
      int target,
      long elementBytes,
      long[] source,
      long[] origin,
      long[] extent,
      long targetOffset,
      long[] targetStrides) {
    int rank = source.length;
    long[] strides = new long[rank];
    long stride = elementBytes;
    long sourceOffset = 0;
    for (int axis = rank - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      sourceOffset += origin[axis] * stride;
      stride *= source[axis];
    }
    long runBytes = elementBytes;
    int outer = rank;
    while (outer > 0
        && (extent[outer - 1] == 1
            || (strides[outer - 1] == runBytes && targetStrides[outer - 1] == runBytes))) {
      runBytes *= extent[outer - 1];
      outer--;
    }
    return new BoxCopy(
        target,
        sourceOffset,
        targetOffset,
        runBytes,
        first(extent, outer),
        first(strides, outer),
        first(targetStrides, outer));
  }

  private static long[] first(long[] values, int count) {
    return count == 0 ? NONE : java.util.Arrays.copyOf(values, count);
  }

  /// Which of the targets it goes to.
  int target() {
    return target;
  }

  /// Where its first byte goes.
  long targetOffset() {
    return targetOffset;
  }

  /// Whether it is one run that is the whole of a source of so many bytes.
  boolean isWhole(long sourceBytes) {
    return counts.length == 0 && sourceOffset == 0 && runBytes == sourceBytes;
  }

  /// Whether another run continues this one in source and target.
  boolean continuedBy(BoxCopy next) {
    return counts.length == 0
        && next.counts.length == 0
        && target == next.target
        && next.sourceOffset == sourceOffset + runBytes
        && next.targetOffset == targetOffset + runBytes;
  }

  /// Both as one.
  BoxCopy joined(BoxCopy next) {
    return run(target, sourceOffset, targetOffset, runBytes + next.runBytes);
  }

  /// Copies. Both segments are borrowed for the call.
  void apply(MemorySegment source, MemorySegment into) {
    apply(0, source, sourceOffset, into, targetOffset);
  }

  private void apply(int axis, MemorySegment source, long from, MemorySegment into, long to) {
    if (axis == counts.length) {
      MemorySegment.copy(source, from, into, to, runBytes);
      return;
    }
    long sourceStride = sourceStrides[axis];
    long targetStride = targetStrides[axis];
    for (long i = 0; i < counts[axis]; i++) {
      apply(axis + 1, source, from + i * sourceStride, into, to + i * targetStride);
    }
  }
}
