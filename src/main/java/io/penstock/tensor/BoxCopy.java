package io.penstock.tensor;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.lang.foreign.MemorySegment;

/// Copies boxes of elements between arrays in memory, both in C order. Pure functions.
public final class BoxCopy {
  /*
   * Axes from the innermost outwards that the box fills in both arrays are one contiguous run; the
   * axis outside them is contiguous as well. What remains is stepped through like an odometer.
   */
  private BoxCopy() {}

  /// One side of a copy: an array, and where the box lies in it.
  ///
  /// @param memory of the whole array; borrowed for the call
  /// @param array shape of the array
  /// @param origin first index of the box on each axis
  public record Side(MemorySegment memory, Shape array, Shape origin) {}

  /// Copies a box. The two memories must not overlap.
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
    int runAxis = runAxis(from, to, box);
    long runBytes = box.productFrom(Math.max(0, runAxis)) * elementBytes;
    long[] fromStrides = strides(from.array, elementBytes);
    long[] toStrides = strides(to.array, elementBytes);
    long fromAt = offset(from.origin, fromStrides);
    long toAt = offset(to.origin, toStrides);
    long[] index = new long[Math.max(0, runAxis)];
    while (true) {
      MemorySegment.copy(from.memory, fromAt, to.memory, toAt, runBytes);
      int axis = index.length - 1;
      while (axis >= 0 && ++index[axis] == box.dimension(axis)) {
        index[axis] = 0;
        fromAt -= (box.dimension(axis) - 1) * fromStrides[axis];
        toAt -= (box.dimension(axis) - 1) * toStrides[axis];
        axis--;
      }
      if (axis < 0) {
        return;
      }
      fromAt += fromStrides[axis];
      toAt += toStrides[axis];
    }
  }

  /// The axis from which on the box is contiguous in both arrays.
  private static int runAxis(Side from, Side to, Shape box) {
    int axis = box.rank() - 1;
    while (axis > 0
        && box.dimension(axis) == from.array.dimension(axis)
        && box.dimension(axis) == to.array.dimension(axis)) {
      axis--;
    }
    return axis;
  }

  private static long[] strides(Shape array, int elementBytes) {
    long[] strides = new long[array.rank()];
    for (int axis = 0; axis < strides.length; axis++) {
      strides[axis] = array.productFrom(axis + 1) * elementBytes;
    }
    return strides;
  }

  private static long offset(Shape origin, long[] strides) {
    long offset = 0;
    for (int axis = 0; axis < strides.length; axis++) {
      offset += origin.dimension(axis) * strides[axis];
    }
    return offset;
  }
}
