package io.penstock;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/// Values of one type as *keys*: longs that compare as the values do. NaN lies outside [#lowest] to
/// [#highest].
///
/// @param type of the values
/// @param lowest key of a value
/// @param highest key of a value
record ColumnKeys(DataType type, long lowest, long highest) {
  /*
   * Integers are their own keys, but for uint64, which is moved down by 2^63. Floating-point numbers
   * become doubles, exactly, whose bits compare as integers once those of negative ones are turned
   * round; so the neighbour of a key is the next double.
   */
  private static final long UINT64_OFFSET = Long.MIN_VALUE;

  static ColumnKeys of(DataType type) {
    return switch (type) {
      case BOOL -> new ColumnKeys(type, 0, 1);
      case INT8, INT16, INT32, INT64 -> {
        long highest = Long.MAX_VALUE >> (Long.SIZE - 8 * type.byteCount());
        yield new ColumnKeys(type, -highest - 1, highest);
      }
      case UINT8, UINT16, UINT32 -> new ColumnKeys(type, 0, (1L << (8 * type.byteCount())) - 1);
      case UINT64 -> new ColumnKeys(type, Long.MIN_VALUE, Long.MAX_VALUE);
      case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 ->
          new ColumnKeys(type, key(Double.NEGATIVE_INFINITY), key(Double.POSITIVE_INFINITY));
      case COMPLEX64, COMPLEX128 ->
          throw new RefusedException(
              ErrorCode.INVALID_ARGUMENT,
              "values of type " + type.zarrName() + " have no order: they cannot be compared");
    };
  }

  /// The key of the value at an index.
  long at(MemorySegment values, long index) {
    return switch (type) {
      case BOOL, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32 -> type.integerAt(values, index);
      case UINT64 -> type.integerAt(values, index) + UINT64_OFFSET;
      case FLOAT16 ->
          key(Float.float16ToFloat(values.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, index)));
      case BFLOAT16 ->
          key(
              Float.intBitsToFloat(
                  values.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, index) << 16));
      case FLOAT32 -> key(values.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index));
      case FLOAT64 -> key(values.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, index));
      case COMPLEX64, COMPLEX128 -> throw new AssertionError(type);
    };
  }

  /// The key of a number that is a value of the type.
  ///
  /// @throws RefusedException for a number that is not
  long value(BigDecimal number) {
    BigInteger key = atMost(number);
    boolean exact = floating() ? Double.isFinite(rounded(number)) : key.equals(atLeast(number));
    if (!exact || !key.equals(key.max(bottom()).min(top()))) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          number.toPlainString() + " is not a value of type " + type.zarrName());
    }
    return key.longValueExact();
  }

  /// The key of the lowest value at or above a number, if values went on without end.
  BigInteger atLeast(BigDecimal number) {
    return key(number, RoundingMode.CEILING);
  }

  /// The key of the highest value at or below a number, if values went on without end.
  BigInteger atMost(BigDecimal number) {
    return key(number, RoundingMode.FLOOR);
  }

  /// [#lowest], to reckon with.
  BigInteger bottom() {
    return BigInteger.valueOf(lowest);
  }

  /// [#highest], to reckon with.
  BigInteger top() {
    return BigInteger.valueOf(highest);
  }

  private BigInteger key(BigDecimal number, RoundingMode rounding) {
    if (floating()) {
      return BigInteger.valueOf(key(rounded(number)));
    }
    BigInteger integer = number.setScale(0, rounding).toBigInteger();
    return type == DataType.UINT64 ? integer.add(BigInteger.valueOf(UINT64_OFFSET)) : integer;
  }

  private boolean floating() {
    return switch (type) {
      case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> true;
      case BOOL, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 -> false;
      case COMPLEX64, COMPLEX128 -> throw new AssertionError(type);
    };
  }

  /// The value of a floating-point type that is nearest to a number; infinite beyond its values.
  private double rounded(BigDecimal number) {
    return switch (type) {
      case FLOAT16 -> Float.float16ToFloat(Float.floatToFloat16(number.floatValue()));
      case BFLOAT16 -> {
        int bits = Float.floatToRawIntBits(number.floatValue());
        int half = 0x7FFF + (bits >>> 16 & 1); // ties go to the even one
        yield Float.intBitsToFloat((bits + half) >>> 16 << 16);
      }
      case FLOAT32 -> number.floatValue();
      case FLOAT64 -> number.doubleValue();
      case BOOL, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, COMPLEX64, COMPLEX128 ->
          throw new AssertionError(type);
    };
  }

  private static long key(double value) {
    long bits = Double.doubleToRawLongBits(value + 0.0); // −0 becomes 0
    return bits < 0 ? bits ^ Long.MAX_VALUE : bits;
  }
}
