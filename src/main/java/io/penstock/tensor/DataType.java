package io.penstock.tensor;

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
