package io.penstock.codec;

import io.penstock.tensor.DataType;
import java.util.HexFormat;

/// The binary floating-point formats, as bits in a long.
enum Floating {
  HALF(5, 10),
  BRAIN(8, 7),
  SINGLE(8, 23),
  DOUBLE(11, 52);

  private static final HexFormat HEX = HexFormat.of();

  private final int exponentBits;
  private final int fractionBits;

  Floating(int exponentBits, int fractionBits) {
    this.exponentBits = exponentBits;
    this.fractionBits = fractionBits;
  }

  /// The format of a type's elements, or of the parts of a complex one.
  static Floating of(DataType type) {
    return switch (type) {
      case FLOAT16 -> HALF;
      case BFLOAT16 -> BRAIN;
      case FLOAT32, COMPLEX64 -> SINGLE;
      case FLOAT64, COMPLEX128 -> DOUBLE;
      case BOOL, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 ->
          throw new IllegalArgumentException(type + " has no floating-point format");
    };
  }

  int width() {
    return 1 + exponentBits + fractionBits;
  }

  long sign() {
    return 1L << (exponentBits + fractionBits);
  }

  long infinity() {
    return sign() - (1L << fractionBits);
  }

  /// The NaN that metadata means by that word: sign 0, the fraction's first bit 1, all others 0.
  long nan() {
    return infinity() | (1L << (fractionBits - 1));
  }

  /// A number, `"NaN"`, `"Infinity"`, `"-Infinity"`, or hex for the other NaNs.
  Object metadata(long bits) {
    long magnitude = bits & ~sign();
    if (magnitude == infinity()) {
      return bits == magnitude ? "Infinity" : "-Infinity";
    }
    if (magnitude > infinity()) {
      return bits == nan() ? "NaN" : "0x" + HEX.toHexDigits(bits, width() / 4);
    }
    return widen(bits);
  }

  /// The bits of the value of this format that is nearest to `value`, ties to even.
  long narrow(double value) {
    return switch (this) {
      case HALF -> Short.toUnsignedLong(Float.floatToFloat16(toOddFloat(value)));
      case BRAIN -> {
        int bits = Float.floatToRawIntBits(toOddFloat(value));
        yield (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16;
      }
      case SINGLE -> Integer.toUnsignedLong(Float.floatToRawIntBits((float) value));
      case DOUBLE -> Double.doubleToRawLongBits(value);
    };
  }

  private double widen(long bits) {
    return switch (this) {
      case HALF -> Float.float16ToFloat((short) bits);
      case BRAIN -> Float.intBitsToFloat((int) bits << 16);
      case SINGLE -> Float.intBitsToFloat((int) bits);
      case DOUBLE -> Double.longBitsToDouble(bits);
    };
  }

  /// A float on the way to a narrower format. Rounding twice to the nearest could go wrong; a float
  /// whose last bit is set whenever it is inexact keeps the second rounding right.
  private static float toOddFloat(double value) {
    float nearest = (float) value;
    if (nearest == value || (Float.floatToRawIntBits(nearest) & 1) == 1) {
      return nearest;
    }
    return value > nearest ? Math.nextUp(nearest) : Math.nextDown(nearest);
  }
}
