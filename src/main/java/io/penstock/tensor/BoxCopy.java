package io.penstock.tensor;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A copy of a box of elements out of a C-order array into a strided place, worked out once and
/// applied to any memory. Immutable, thread-safe.
public final class BoxCopy {
  /*
   * Axes from the innermost outwards that are contiguous in both arrays are one run of bytes, copied
   * at once. What remains are loops over the outer axes; mostly there are none.
   */
  private static final long[] NONE = {};

  private final long sourceOffset;
  private final long targetOffset;
  private final long runBytes;
  private final long[] counts;
  private final long[] sourceStrides;
  private final long[] targetStrides;

  private BoxCopy(
      long sourceOffset,
      long targetOffset,
      long runBytes,
      long[] counts,
      long[] sourceStrides,
      long[] targetStrides) {
    this.sourceOffset = sourceOffset;
    this.targetOffset = targetOffset;
    this.runBytes = runBytes;
    this.counts = counts;
    this.sourceStrides = sourceStrides;
    this.targetStrides = targetStrides;
  }

  /// A copy of a box.
  ///
  /// @param elementBytes bytes of an element
  /// @param source dimensions of the array
  /// @param origin of the box in the array
  /// @param extent of the box, each 1 or more
  /// @param targetOffset where the box's first element goes, in bytes
  /// @param targetStrides bytes between neighbours on each axis of the target
  public static BoxCopy of(
      long elementBytes,
      long[] source,
      long[] origin,
      long[] extent,
      long targetOffset,
      long[] targetStrides) {
    long[] strides = strides(source, elementBytes);
    long runBytes = elementBytes;
    int outer = source.length;
    while (outer > 0
        && (extent[outer - 1] == 1
            || (strides[outer - 1] == runBytes && targetStrides[outer - 1] == runBytes))) {
      runBytes *= extent[outer - 1];
      outer--;
    }
    return new BoxCopy(
        offset(origin, strides),
        targetOffset,
        runBytes,
        outer == 0 ? NONE : Arrays.copyOf(extent, outer),
        strides,
        targetStrides);
  }

  /// Bytes between neighbours on each axis of a C-order array, exact.
  public static long[] strides(long[] array, long elementBytes) {
    long[] strides = new long[array.length];
    long stride = elementBytes;
    for (int axis = array.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride = Math.multiplyExact(stride, array[axis]);
    }
    return strides;
  }

  private static long offset(long[] origin, long[] strides) {
    long offset = 0;
    for (int axis = 0; axis < strides.length; axis++) {
      offset += origin[axis] * strides[axis];
    }
    return offset;
  }

  /// Where its first byte goes.
  public long targetOffset() {
    return targetOffset;
  }

  /// Whether it is one run that is the whole of a source of so many bytes.
  public boolean isWhole(long sourceBytes) {
    return counts.length == 0 && sourceOffset == 0 && runBytes == sourceBytes;
  }

  /// Whether another one continues this one in source and target, both being single runs.
  public boolean continuedBy(BoxCopy next) {
    return counts.length == 0
        && next.counts.length == 0
        && next.sourceOffset == sourceOffset + runBytes
        && next.targetOffset == targetOffset + runBytes;
  }

  /// Both as one, where the other continues this one.
  public BoxCopy joined(BoxCopy next) {
    return new BoxCopy(sourceOffset, targetOffset, runBytes + next.runBytes, NONE, NONE, NONE);
  }

  /// Copies. The segments are borrowed for the call and must not overlap.
  public void apply(MemorySegment source, MemorySegment target) {
    apply(0, source, sourceOffset, target, targetOffset);
  }

  private void apply(int axis, MemorySegment source, long from, MemorySegment target, long to) {
    if (axis == counts.length) {
      MemorySegment.copy(source, from, target, to, runBytes);
      return;
    }
    for (long i = 0; i < counts[axis]; i++) {
      apply(axis + 1, source, from + i * sourceStrides[axis], target, to + i * targetStrides[axis]);
    }
  }

  /// One side of a copy between two C-order arrays: an array, and where the box lies in it.
  ///
  /// @param memory of the whole array; borrowed for the call
  /// @param array shape of the array
  /// @param origin first index of the box on each axis
  public record Side(MemorySegment memory, Shape array, Shape origin) {}

  /// Copies a box from one C-order array into another. The two memories must not overlap.
  ///
  /// @param box its shape, of the same rank as both arrays; may be empty
  /// @param elementBytes bytes of one element
  /// @throws RefusedException if the box does not lie within one of the arrays
  public static void copy(Side from, Side to, Shape box, int elementBytes) {
    new Region(from.origin, box).checkWithin(from.array);
    new Region(to.origin, box).checkWithin(to.array);
    if (from.memory.byteSize() < Math.multiplyExact(from.array.elements(), elementBytes)
        || to.memory.byteSize() < Math.multiplyExact(to.array.elements(), elementBytes)) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "memory of "
              + from.memory.byteSize()
              + " and "
              + to.memory.byteSize()
              + " bytes is less than arrays "
              + from.array
              + " and "
              + to.array
              + " need");
    }
    if (box.elements() == 0) {
      return;
    }
    long[] strides = strides(to.array.toArray(), elementBytes);
    of(
            elementBytes,
            from.array.toArray(),
            from.origin.toArray(),
            box.toArray(),
            offset(to.origin.toArray(), strides),
            strides)
        .apply(from.memory, to.memory);
  }
}
