package io.penstock.cli;

import io.penstock.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.util.List;

/// Elements of tensors as numbers of Java.
final class Elements {
  private Elements() {}

  /// One element for printing: exact for every type; complex numbers as [real, imaginary].
  static Object value(MemorySegment elements, DataType type, long index) {
    return switch (type) {
      case BOOL -> type.integerAt(elements, index) != 0;
      case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32 -> type.integerAt(elements, index);
      case UINT64 -> new BigInteger(Long.toUnsignedString(type.integerAt(elements, index)));
      case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> real(elements, type, index);
      case COMPLEX64 ->
          List.of(
              real(elements, DataType.FLOAT32, 2 * index),
              real(elements, DataType.FLOAT32, 2 * index + 1));
      case COMPLEX128 ->
          List.of(
              real(elements, DataType.FLOAT64, 2 * index),
              real(elements, DataType.FLOAT64, 2 * index + 1));
    };
  }

  /// One element for counting: as near as a double comes; the magnitude of a complex number.
  static double real(MemorySegment elements, DataType type, long index) {
    return switch (type) {
      case FLOAT16 -> Float.float16ToFloat(shortAt(elements, index));
      case BFLOAT16 -> Float.intBitsToFloat(shortAt(elements, index) << 16);
      case FLOAT32 -> Float.intBitsToFloat(intAt(elements, index));
      case FLOAT64 -> Double.longBitsToDouble(longAt(elements, index));
      case BOOL -> elements.get(ValueLayout.JAVA_BYTE, index) == 0 ? 0 : 1;
      case COMPLEX64 ->
          Math.hypot(
              real(elements, DataType.FLOAT32, 2 * index),
              real(elements, DataType.FLOAT32, 2 * index + 1));
      case COMPLEX128 ->
          Math.hypot(
              real(elements, DataType.FLOAT64, 2 * index),
              real(elements, DataType.FLOAT64, 2 * index + 1));
      case INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64 ->
          ((Number) value(elements, type, index)).doubleValue();
    };
  }

  private static short shortAt(MemorySegment elements, long index) {
    return elements.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * index);
  }

  private static int intAt(MemorySegment elements, long index) {
    return elements.get(ValueLayout.JAVA_INT_UNALIGNED, 4 * index);
  }

  private static long longAt(MemorySegment elements, long index) {
    return elements.get(ValueLayout.JAVA_LONG_UNALIGNED, 8 * index);
  }
}
