package io.penstock.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The element types of tensors: fixed-size numbers, by the names that Zarr v3 gives them. Byte
/// strings and text are ragged tensors of [#UINT8] with a media type.
public enum DataType {
  /// One byte, 0 or 1.
  BOOL("bool", 1),
  /// Signed, 8 bits.
  INT8("int8", 1),
  /// Signed, 16 bits.
  INT16("int16", 2),
  /// Signed, 32 bits.
  INT32("int32", 4),
  /// Signed, 64 bits.
  INT64("int64", 8),
  /// Unsigned, 8 bits.
  UINT8("uint8", 1),
  /// Unsigned, 16 bits.
  UINT16("uint16", 2),
  /// Unsigned, 32 bits.
  UINT32("uint32", 4),
  /// Unsigned, 64 bits.
  UINT64("uint64", 8),
  /// IEEE 754 binary16.
  FLOAT16("float16", 2),
  /// The upper half of an IEEE 754 binary32. zarr-python does not know it.
  BFLOAT16("bfloat16", 2),
  /// IEEE 754 binary32.
  FLOAT32("float32", 4),
  /// IEEE 754 binary64.
  FLOAT64("float64", 8),
  /// Two binary32: real, imaginary.
  COMPLEX64("complex64", 8),
  /// Two binary64: real, imaginary.
  COMPLEX128("complex128", 16);

  private final String zarrName;
  private final int byteCount;

  DataType(String zarrName, int byteCount) {
    this.zarrName = zarrName;
    this.byteCount = byteCount;
  }

  /// The name in Zarr v3 metadata.
  public String zarrName() {
    return zarrName;
  }

  /// Bytes of one element.
  public int byteCount() {
    return byteCount;
  }

  /// Bytes of the unit whose order endianness reverses: half an element for complex types.
  public int wordBytes() {
    return this == COMPLEX64 || this == COMPLEX128 ? byteCount / 2 : byteCount;
  }

  /// Whether it is bool or an integer, so that [#integerAt] reads it.
  public boolean integral() {
    return switch (this) {
      case BOOL, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 -> true;
      case FLOAT16, BFLOAT16, FLOAT32, FLOAT64, COMPLEX64, COMPLEX128 -> false;
    };
  }

  /// The element at an index of a segment of bools or integers, which need not be aligned: 0 or 1
  /// for a bool; for uint64 its bits.
  ///
  /// @throws IllegalArgumentException for another type
  public long integerAt(MemorySegment elements, long index) {
    return switch (this) {
      case BOOL, INT8 -> elements.get(ValueLayout.JAVA_BYTE, index);
      case UINT8 -> elements.get(ValueLayout.JAVA_BYTE, index) & 0xFFL;
      case INT16 -> elements.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, index);
      case UINT16 -> elements.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, index) & 0xFFFFL;
      case INT32 -> elements.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, index);
      case UINT32 -> elements.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, index) & 0xFFFF_FFFFL;
      case INT64, UINT64 -> elements.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, index);
      case FLOAT16, BFLOAT16, FLOAT32, FLOAT64, COMPLEX64, COMPLEX128 ->
          throw new IllegalArgumentException(zarrName + " is no integer");
    };
  }

  /// The type with this Zarr v3 name, or empty if there is none.
  public static java.util.Optional<DataType> find(String zarrName) {
    for (DataType type : values()) {
      if (type.zarrName.equals(zarrName)) {
        return java.util.Optional.of(type);
      }
    }
    return java.util.Optional.empty();
  }
}
