package io.penstock.codec;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.List;

/// The value of elements that are not stored, as the bits of its type: −0.0 differs from 0.0, and
/// one NaN from another. Metadata spells it as a boolean, a number, `"NaN"`, `"Infinity"`,
/// `"-Infinity"`, or hex digits, the most significant first; complex types as a list of two.
/// Source: Zarr v3, "Fill value".
///
/// @param type of the element
/// @param bits of the element, or of its real part; those beyond the type's width are 0
/// @param imaginaryBits of the imaginary part; 0 for types that have none
public record FillValue(DataType type, long bits, long imaginaryBits) {
  /*
   * Integers never pass through a double. Floats are written as the double that equals them, which
   * every reader narrows back to the same bits; only a NaN other than the canonical one needs hex.
   */

  /// A multiple of every element's size, well within a first-level cache.
  private static final long BLOCK_BYTES = 16 << 10;

  /// Checks that the bits fit the type.
  public FillValue {
    if (!fits(type, bits) || !fits(type, imaginaryBits) || (imaginaryBits != 0 && !complex(type))) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "fill value bits "
              + Long.toHexString(bits)
              + ", "
              + Long.toHexString(imaginaryBits)
              + " do not fit "
              + type.zarrName());
    }
  }

  /// The fill value whose bits are all 0: false, 0, or 0.0.
  public static FillValue zero(DataType type) {
    return new FillValue(type, 0, 0);
  }

  /// The value that metadata spells.
  ///
  /// @param metadata a Boolean, Long, BigInteger, Double, String, or a List of two
  /// @throws CorruptDataException if the type has no such value
  public static FillValue parse(DataType type, Object metadata) {
    return switch (type) {
      case BOOL -> {
        if (metadata instanceof Boolean truth) {
          yield new FillValue(type, truth ? 1 : 0, 0);
        }
        throw wrong(type, metadata);
      }
      case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 ->
          new FillValue(type, integerBits(type, metadata), 0);
      case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 ->
          new FillValue(type, floatBits(type, Floating.of(type), metadata), 0);
      case COMPLEX64, COMPLEX128 -> {
        if (metadata instanceof List<?> parts && parts.size() == 2) {
          yield new FillValue(
              type,
              floatBits(type, Floating.of(type), parts.get(0)),
              floatBits(type, Floating.of(type), parts.get(1)));
        }
        throw wrong(type, metadata);
      }
    };
  }

  /// How metadata spells this value: a Boolean, Long, BigInteger, Double, String, or a List of two.
  public Object metadata() {
    return switch (type) {
      case BOOL -> bits != 0;
      case INT8 -> (long) (byte) bits;
      case INT16 -> (long) (short) bits;
      case INT32 -> (long) (int) bits;
      case INT64, UINT8, UINT16, UINT32 -> bits;
      case UINT64 -> bits >= 0 ? (Object) bits : new BigInteger(Long.toUnsignedString(bits));
      case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> Floating.of(type).metadata(bits);
      case COMPLEX64, COMPLEX128 ->
          List.of(Floating.of(type).metadata(bits), Floating.of(type).metadata(imaginaryBits));
    };
  }

  /// Fills a segment, borrowed for the call, with this value in the byte order of this machine.
  ///
  /// @param target whole elements
  public void fill(MemorySegment target) {
    if (target.byteSize() % type.byteCount() != 0) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          target.byteSize() + " bytes are no whole elements of " + type.zarrName());
    }
    if (bits == 0 && imaginaryBits == 0) {
      target.fill((byte) 0);
      return;
    }
    if (target.byteSize() == 0) {
      return;
    }
    putWord(target, 0, bits);
    if (complex(type)) {
      putWord(target, type.wordBytes(), imaginaryBits);
    }
    // What is filled is copied behind itself and so doubles, up to a block that stays in the cache.
    for (long filled = type.byteCount(); filled < target.byteSize(); ) {
      long bytes = Math.min(Math.min(filled, BLOCK_BYTES), target.byteSize() - filled);
      MemorySegment.copy(target, 0, target, filled, bytes);
      filled += bytes;
    }
  }

  private void putWord(MemorySegment target, long at, long word) {
    switch (type.wordBytes()) {
      case 1 -> target.set(ValueLayout.JAVA_BYTE, at, (byte) word);
      case 2 -> target.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) word);
      case 4 -> target.set(ValueLayout.JAVA_INT_UNALIGNED, at, (int) word);
      case 8 -> target.set(ValueLayout.JAVA_LONG_UNALIGNED, at, word);
      default -> throw new AssertionError(type);
    }
  }

  private static boolean complex(DataType type) {
    return type.wordBytes() != type.byteCount();
  }

  private static boolean fits(DataType type, long bits) {
    return type == DataType.BOOL
        ? bits == 0 || bits == 1
        : type.wordBytes() == 8 || (bits >>> (8 * type.wordBytes())) == 0;
  }

  private static long integerBits(DataType type, Object metadata) {
    BigInteger value =
        switch (metadata) {
          case Long number -> BigInteger.valueOf(number);
          case BigInteger number -> number;
          case null, default -> throw wrong(type, metadata);
        };
    boolean signed =
        switch (type) {
          case INT8, INT16, INT32, INT64 -> true;
          case UINT8, UINT16, UINT32, UINT64 -> false;
          case BOOL, FLOAT16, BFLOAT16, FLOAT32, FLOAT64, COMPLEX64, COMPLEX128 ->
              throw new AssertionError(type);
        };
    int width = 8 * type.byteCount();
    // bitLength leaves out the sign, so it is below the width for a signed value that fits.
    if (signed ? value.bitLength() >= width : value.signum() < 0 || value.bitLength() > width) {
      throw wrong(type, metadata);
    }
    return width == 64 ? value.longValue() : value.longValue() & ((1L << width) - 1);
  }

  private static long floatBits(DataType type, Floating format, Object metadata) {
    return switch (metadata) {
      case Long number -> checkedBits(type, format, (double) number, metadata);
      case BigInteger number -> checkedBits(type, format, number.doubleValue(), metadata);
      case Double number -> checkedBits(type, format, number, metadata);
      case String text ->
          switch (text) {
            case "NaN" -> format.nan();
            case "Infinity" -> format.infinity();
            case "-Infinity" -> format.sign() | format.infinity();
            default -> hexBits(type, format, text);
          };
      case null, default -> throw wrong(type, metadata);
    };
  }

  /// The bits of a number; one beyond the type's range would silently become infinite.
  private static long checkedBits(DataType type, Floating format, double value, Object metadata) {
    long bits = format.narrow(value);
    if (!Double.isFinite(value) || (bits & ~format.sign()) == format.infinity()) {
      throw wrong(type, metadata);
    }
    return bits;
  }

  private static long hexBits(DataType type, Floating format, String text) {
    if (!text.startsWith("0x") || text.length() != 2 + format.width() / 4) {
      throw wrong(type, text);
    }
    try {
      return HexFormat.fromHexDigitsToLong(text, 2, text.length());
    } catch (NumberFormatException e) {
      throw wrong(type, text);
    }
  }

  private static CorruptDataException wrong(DataType type, Object metadata) {
    return new CorruptDataException(
        ErrorCode.METADATA_CORRUPT,
        "fill_value " + metadata + " is no value of " + type.zarrName());
  }
}
