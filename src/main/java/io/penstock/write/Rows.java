package io.penstock.write;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.TensorSpec;
import io.penstock.tensor.DataType;
import io.penstock.write.FragmentWriter.Column;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Samples of one tensor, one behind the other, whose lengths are known to be right. Borrows its
/// memory.
///
/// @param tensor that they belong to
/// @param count of samples
/// @param elements exactly those of the samples
/// @param shapes for a ragged tensor count × rank lengths, int32; else empty
record Rows(TensorSpec tensor, long count, MemorySegment elements, MemorySegment shapes) {
  private static final ValueLayout.OfInt LENGTH = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final long NOT_BOOL = 0xFEFEFEFE_FEFEFEFEL;

  /// The samples of a column.
  ///
  /// @throws RefusedException naming the tensor and what is wrong
  static Rows check(TensorSpec tensor, long count, Column column) {
    Rows rows =
        switch (column) {
          case Column.Fixed(MemorySegment elements) -> {
            checkKind(tensor, !tensor.ragged(), "samples of one shape");
            yield new Rows(tensor, count, elements, MemorySegment.NULL);
          }
          case Column.Ragged(MemorySegment elements, MemorySegment shapes) -> {
            checkKind(tensor, tensor.ragged(), "samples with shapes of their own");
            long expected = Math.multiplyExact(count, shapeBytes(tensor));
            checkBytes(tensor, count, "shapes", shapes.byteSize(), expected);
            yield new Rows(tensor, count, elements, shapes);
          }
        };
    checkBytes(tensor, count, "elements", rows.elements.byteSize(), rows.bytes(0, count));
    if (tensor.type() == DataType.BOOL) {
      rows.checkBools();
    }
    return rows;
  }

  private static void checkKind(TensorSpec tensor, boolean right, String given) {
    if (!right) {
      throw refused(
          tensor, "is declared with samples of shape " + tensor.sampleShape() + ", given " + given);
    }
  }

  private static void checkBytes(
      TensorSpec tensor, long count, String what, long actual, long expected) {
    if (actual != expected) {
      throw refused(
          tensor,
          "the "
              + what
              + " of "
              + count
              + " samples have "
              + actual
              + " bytes, expected "
              + expected);
    }
  }

  private void checkBools() {
    long at = 0;
    long end = elements.byteSize();
    while (at + Long.BYTES <= end && (elements.get(WORD, at) & NOT_BOOL) == 0) {
      at += Long.BYTES;
    }
    while (at < end) {
      byte value = elements.get(ValueLayout.JAVA_BYTE, at);
      if (value != 0 && value != 1) {
        throw refused(
            tensor, "element " + at + " is " + Byte.toUnsignedInt(value) + ", a bool is 0 or 1");
      }
      at++;
    }
  }

  /// Bytes of one sample's entry in `shapes`.
  static long shapeBytes(TensorSpec tensor) {
    return tensor.ragged() ? (long) tensor.sampleShape().rank() * Integer.BYTES : 0;
  }

  /// Bytes of one sample.
  long bytes(long sample) {
    return tensor.ragged() ? raggedBytes(sample) : tensor.sampleShape().bytes(tensor.type());
  }

  private long raggedBytes(long sample) {
    long bytes = tensor.type().byteCount();
    long at = sample * shapeBytes(tensor);
    for (int axis = 0; axis < tensor.sampleShape().rank(); axis++) {
      long length = shapes.get(LENGTH, at + (long) axis * Integer.BYTES);
      long declared = tensor.sampleShape().dimension(axis);
      if (length < 0 || (declared >= 0 && declared != length)) {
        throw refused(
            tensor,
            "sample "
                + sample
                + " of the call has length "
                + length
                + " on axis "
                + axis
                + ", declared is "
                + tensor.sampleShape());
      }
      bytes = multiply(bytes, length, sample);
    }
    return bytes;
  }

  private long multiply(long bytes, long length, long sample) {
    if (length != 0 && bytes > Long.MAX_VALUE / length) {
      throw refused(tensor, "sample " + sample + " of the call exceeds 2^63-1 bytes");
    }
    return bytes * length;
  }

  /// Bytes of the samples `from` to `to`.
  long bytes(long from, long to) {
    if (!tensor.ragged()) {
      return Math.multiplyExact(to - from, tensor.sampleShape().bytes(tensor.type()));
    }
    long sum = 0;
    for (long sample = from; sample < to; sample++) {
      sum = Math.addExact(sum, raggedBytes(sample));
    }
    return sum;
  }

  /// The samples `from` to `to`.
  Rows slice(long from, long to) {
    long each = shapeBytes(tensor);
    return new Rows(
        tensor,
        to - from,
        elements.asSlice(bytes(0, from), bytes(from, to)),
        shapes.asSlice(from * each, (to - from) * each));
  }

  private static RefusedException refused(TensorSpec tensor, String what) {
    return new RefusedException(
        ErrorCode.INVALID_ARGUMENT, "tensor " + tensor.name() + ": " + what);
  }
}
