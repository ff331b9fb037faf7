package io.penstock.tensor;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;

/// A box in an array: an origin and a shape of the same rank, row-major. Immutable.
///
/// @param origin the first index on each axis, inclusive
/// @param shape the length on each axis
public record Region(Shape origin, Shape shape) {
  /// Checks that both have one rank and that neither is ragged.
  public Region {
    if (origin.rank() != shape.rank() || origin.ragged() || shape.ragged()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "region origin " + origin + " does not fit shape " + shape);
    }
  }

  /// The whole of an array of this shape.
  public static Region all(Shape shape) {
    return new Region(Shape.of(new long[shape.rank()]), shape);
  }

  /// The samples `from` (inclusive) to `to` (exclusive), each whole.
  public static Region samples(long from, long to, Shape sampleShape) {
    if (from < 0 || from > to) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "samples from " + from + " to " + to + " are no range");
    }
    long[] origin = new long[sampleShape.rank() + 1];
    origin[0] = from;
    return new Region(Shape.of(origin), sampleShape.prepend(to - from));
  }

  /// End on an axis, exclusive.
  public long end(int axis) {
    return origin.dimension(axis) + shape.dimension(axis);
  }

  /// Refuses a region that reaches beyond an array.
  ///
  /// @throws RefusedException naming the axis and both lengths
  public Region checkWithin(Shape array) {
    if (array.rank() != shape.rank()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "region of rank " + shape.rank() + " in an array of rank " + array.rank());
    }
    for (int axis = 0; axis < array.rank(); axis++) {
      if (end(axis) > array.dimension(axis)) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "region ends at "
                + end(axis)
                + " on axis "
                + axis
                + " of length "
                + array.dimension(axis));
      }
    }
    return this;
  }
}
