package io.penstock.tensor;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.Arrays;

/// An immutable list of dimensions, row-major, outermost first. A dimension is 0 or more, at most
/// 2^53−1; in the shape of a ragged sample [#RAGGED] stands where the length differs from sample to
/// sample. Rank 0 is a scalar. Thread-safe.
public final class Shape {
  /// The mark of a dimension whose length differs from sample to sample.
  public static final long RAGGED = -1;

  /// The largest dimension: the integers that every JSON reader keeps exact.
  public static final long MAX_DIMENSION = (1L << 53) - 1;

  /// The largest rank.
  public static final int MAX_RANK = 32;

  /// The shape of a scalar.
  public static final Shape SCALAR = new Shape(new long[0]);

  private final long[] dimensions;

  private Shape(long[] dimensions) {
    this.dimensions = dimensions;
  }

  /// A shape of these dimensions; the array is copied.
  ///
  /// @throws RefusedException if a dimension or the rank is out of bounds
  public static Shape of(long... dimensions) {
    if (dimensions.length > MAX_RANK) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED, "rank " + dimensions.length + " exceeds " + MAX_RANK);
    }
    for (long dimension : dimensions) {
      if (dimension < RAGGED || dimension > MAX_DIMENSION) {
        throw new RefusedException(
            ErrorCode.LIMIT_EXCEEDED,
            "dimension " + dimension + " is not within 0 to " + MAX_DIMENSION);
      }
    }
    return dimensions.length == 0 ? SCALAR : new Shape(dimensions.clone());
  }

  /// The number of dimensions.
  public int rank() {
    return dimensions.length;
  }

  /// The length of one dimension, or [#RAGGED].
  public long dimension(int axis) {
    return dimensions[axis];
  }

  /// A copy of the dimensions.
  public long[] toArray() {
    return dimensions.clone();
  }

  /// Whether a dimension differs from sample to sample.
  public boolean ragged() {
    for (long dimension : dimensions) {
      if (dimension == RAGGED) {
        return true;
      }
    }
    return false;
  }

  /// The number of elements, exact. Only for shapes that are not ragged.
  ///
  /// @throws RefusedException if the product does not fit 2^63−1
  public long elements() {
    return productFrom(0);
  }

  /// Elements of everything inside `axis`: the product of the dimensions from `axis` on, exact.
  /// Only where none of those is ragged.
  ///
  /// @throws RefusedException if the product does not fit 2^63−1
  public long productFrom(int axis) {
    boolean empty = false;
    for (int i = axis; i < dimensions.length; i++) {
      if (dimensions[i] == RAGGED) {
        throw new IllegalStateException("a ragged shape has no element count: " + this);
      }
      empty |= dimensions[i] == 0;
    }
    if (empty) {
      return 0;
    }
    long product = 1;
    try {
      for (int i = axis; i < dimensions.length; i++) {
        product = Math.multiplyExact(product, dimensions[i]);
      }
    } catch (ArithmeticException e) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED, "the elements of shape " + this + " exceed 2^63-1", e);
    }
    return product;
  }

  /// Bytes of an array of this shape, exact.
  public long bytes(DataType type) {
    try {
      return Math.multiplyExact(elements(), type.byteCount());
    } catch (ArithmeticException e) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED, "the bytes of shape " + this + " exceed 2^63-1", e);
    }
  }

  /// This shape with `dimension` put in front, such as the samples before a sample's shape.
  public Shape prepend(long dimension) {
    long[] longer = new long[dimensions.length + 1];
    longer[0] = dimension;
    System.arraycopy(dimensions, 0, longer, 1, dimensions.length);
    return of(longer);
  }

  /// This shape without its outermost dimension. Only for a rank of 1 or more.
  public Shape dropFirst() {
    if (dimensions.length == 0) {
      throw new IllegalStateException("a scalar has no outermost dimension");
    }
    return of(Arrays.copyOfRange(dimensions, 1, dimensions.length));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dimensions, shape.dimensions);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dimensions);
  }

  @Override
  public String toString() {
    return Arrays.toString(dimensions);
  }
}
