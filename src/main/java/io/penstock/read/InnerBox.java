package io.penstock.read;

import io.penstock.tensor.BoxCopy;
import org.jspecify.annotations.Nullable;

/// What of each sample a chunk has, where samples are cut on their own axes. Immutable.
final class InnerBox {
  private final StoredArray array;
  private final long[] origin;
  private final long[] extent;
  private final long[] strides;
  private final long bytes;

  private InnerBox(StoredArray array, long[] origin, long[] extent) {
    this.array = array;
    this.origin = origin;
    this.extent = extent;
    long elementBytes = array.layout().type().byteCount();
    long[] samples = new long[array.rank()];
    long product = elementBytes;
    for (int axis = 1; axis < samples.length; axis++) {
      samples[axis] = array.length(axis);
      product *= extent[axis];
    }
    samples[0] = 1;
    strides = BoxCopy.strides(samples, elementBytes);
    bytes = product;
  }

  /// The box of a chunk, or null if the chunk has whole samples, one behind the other.
  static @Nullable InnerBox of(StoredArray array, long chunk) {
    long[] origin = new long[array.rank()];
    long[] extent = new long[array.rank()];
    boolean whole = true;
    for (int axis = 1; axis < origin.length; axis++) {
      origin[axis] = array.chunkOrigin(chunk, axis);
      extent[axis] = Math.min(array.chunkLength(axis), array.length(axis) - origin[axis]);
      whole &= array.chunkLength(axis) == array.length(axis);
    }
    return whole ? null : new InnerBox(array, origin, extent);
  }

  /// Bytes of one sample that it has.
  long bytes() {
    return bytes;
  }

  /// A copy of some rows of the chunk into samples that stand in a row.
  ///
  /// @param row first row in the chunk
  /// @param count of rows
  /// @param sample where the first one goes
  BoxCopy copy(long row, long count, long sample) {
    long[] from = new long[origin.length];
    long[] size = extent.clone();
    from[0] = row;
    size[0] = count;
    long to = sample * strides[0];
    for (int axis = 1; axis < origin.length; axis++) {
      to += origin[axis] * strides[axis];
    }
    return BoxCopy.of(
        array.layout().type().byteCount(), array.chunkDimensions(), from, size, to, strides);
  }
}
