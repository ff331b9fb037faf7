package io.penstock.cli;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Writes an array as NPY version 1.0, row-major: the header, then the elements piece by piece.
final class NpyFile {
  private static final int ALIGNMENT = 64;
  private static final int PIECE = 1 << 16;

  private NpyFile() {}

  /// Writes what stands before the elements.
  static void writeHeader(OutputStream out, DataType type, Shape shape) throws IOException {
    StringBuilder tuple = new StringBuilder("(");
    for (long dimension : shape.toArray()) {
      tuple.append(dimension).append(", ");
    }
    if (shape.rank() > 1) {
      tuple.setLength(tuple.length() - 2);
    } else if (shape.rank() == 1) {
      tuple.setLength(tuple.length() - 1);
    }
    tuple.append(')');
    String text =
        "{'descr': '" + descr(type) + "', 'fortran_order': False, 'shape': " + tuple + ", }";
    int before = 10;
    int padding = (ALIGNMENT - (before + text.length() + 1) % ALIGNMENT) % ALIGNMENT;
    byte[] header = (text + " ".repeat(padding) + "\n").getBytes(StandardCharsets.ISO_8859_1);
    out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    out.write(header.length & 0xff);
    out.write(header.length >> 8);
    out.write(header);
  }

  /// Writes elements as they lie in memory.
  static void writeElements(OutputStream out, MemorySegment elements) throws IOException {
    byte[] piece = new byte[(int) Math.min(PIECE, Math.max(1, elements.byteSize()))];
    for (long at = 0; at < elements.byteSize(); at += piece.length) {
      int bytes = (int) Math.min(piece.length, elements.byteSize() - at);
      MemorySegment.copy(elements, ValueLayout.JAVA_BYTE, at, piece, 0, bytes);
      out.write(piece, 0, bytes);
    }
  }

  private static String descr(DataType type) {
    String kind =
        switch (type) {
          case BOOL -> "b1";
          case INT8 -> "i1";
          case INT16 -> "i2";
          case INT32 -> "i4";
          case INT64 -> "i8";
          case UINT8 -> "u1";
          case UINT16 -> "u2";
          case UINT32 -> "u4";
          case UINT64 -> "u8";
          case FLOAT16 -> "f2";
          case FLOAT32 -> "f4";
          case FLOAT64 -> "f8";
          case COMPLEX64 -> "c8";
          case COMPLEX128 -> "c16";
          case BFLOAT16 ->
              throw new RefusedException(
                  ErrorCode.UNSUPPORTED, "NPY has no bfloat16; --format json prints the values");
        };
    String order = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? ">" : "<";
    return (type.byteCount() == 1 ? "|" : order) + kind;
  }
}
