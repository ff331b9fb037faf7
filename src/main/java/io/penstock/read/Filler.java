package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What stands in a batch where no sample is.
///
/// @param value in the type of each tensor
record Filler(long value) {
  /// Refuses a tensor whose type has no such value.
  void check(Column column) {
    int bits =
        switch (column.spec().type()) {
          case BOOL -> 1;
          case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 ->
              8 * column.elementBytes();
          case FLOAT16, BFLOAT16, FLOAT32, FLOAT64, COMPLEX64, COMPLEX128 -> 64;
        };
    boolean signed =
        switch (column.spec().type()) {
          case INT8,
              INT16,
              INT32,
              INT64,
              FLOAT16,
              BFLOAT16,
              FLOAT32,
              FLOAT64,
              COMPLEX64,
              COMPLEX128 ->
              true;
          case BOOL, UINT8, UINT16, UINT32, UINT64 -> false;
        };
    long high = signed ? value >> (bits - 1) : bits == 64 ? (value < 0 ? 1 : 0) : value >> bits;
    if (high != 0 && !(signed && high == -1)) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "the filler "
              + value
              + " is no "
              + column.spec().type().zarrName()
              + ", which tensor "
              + column.spec().name()
              + " has");
    }
  }

  /// Writes it everywhere.
  ///
  /// @param target whole elements of the type
  void write(MemorySegment target, DataType type) {
    if (value == 0) {
      target.fill((byte) 0);
      return;
    }
    if (target.byteSize() == 0) {
      return;
    }
    writeFirst(target.asSlice(0, type.byteCount()), type);
    for (long done = type.byteCount(); done < target.byteSize(); done *= 2) {
      long more = Math.min(done, target.byteSize() - done);
      MemorySegment.copy(target, 0, target, done, more);
    }
  }

  private void writeFirst(MemorySegment first, DataType type) {
    switch (type) {
      case BOOL, INT8, UINT8 -> first.set(ValueLayout.JAVA_BYTE, 0, (byte) value);
      case INT16, UINT16 -> first.set(ValueLayout.JAVA_SHORT, 0, (short) value);
      case INT32, UINT32 -> first.set(ValueLayout.JAVA_INT, 0, (int) value);
      case INT64, UINT64 -> first.set(ValueLayout.JAVA_LONG, 0, value);
      case FLOAT16 -> first.set(ValueLayout.JAVA_SHORT, 0, Float.floatToFloat16((float) value));
      case BFLOAT16 ->
          first.set(ValueLayout.JAVA_SHORT, 0, (short) (Float.floatToIntBits((float) value) >> 16));
      case FLOAT32 -> first.set(ValueLayout.JAVA_FLOAT, 0, (float) value);
      case FLOAT64 -> first.set(ValueLayout.JAVA_DOUBLE, 0, (double) value);
      case COMPLEX64 -> {
        first.fill((byte) 0);
        first.set(ValueLayout.JAVA_FLOAT, 0, (float) value);
      }
      case COMPLEX128 -> {
        first.fill((byte) 0);
        first.set(ValueLayout.JAVA_DOUBLE, 0, (double) value);
      }
    }
  }
}
