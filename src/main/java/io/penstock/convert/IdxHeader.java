package io.penstock.convert;

import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Optional;

/// The header of an IDX file, the format of MNIST:
///
/// ```
/// 0 0 type rank   dimension × rank (uint32, big-endian)   elements (big-endian, row-major)
/// ```
///
/// Types: 08 uint8, 09 int8, 0B int16, 0C int32, 0D float32, 0E float64. The rank is 1 to 4.
final class IdxHeader {
  static final int MAX_RANK = 4;

  private IdxHeader() {}

  /// Whether a file that begins like this can be an IDX file.
  static boolean begins(byte[] head) {
    return head.length >= 4
        && head[0] == 0
        && head[1] == 0
        && type(head[2]).isPresent()
        && head[3] >= 1
        && head[3] <= MAX_RANK;
  }

  static ArrayHeader read(ByteInput input) {
    byte[] magic = input.bytes(4, "the IDX magic number");
    if (!begins(magic)) {
      throw input.malformed(
          "IDX magic number "
              + HexFormat.of().formatHex(magic)
              + " is none: 0000, a type of 08, 09,"
              + " 0b, 0c, 0d, 0e, a rank of 1 to "
              + MAX_RANK
              + " are expected");
    }
    DataType type = type(magic[2]).orElseThrow();
    long[] dimensions = new long[magic[3]];
    ByteBuffer sizes = ByteBuffer.wrap(input.bytes(4 * dimensions.length, "the IDX dimensions"));
    for (int axis = 0; axis < dimensions.length; axis++) {
      dimensions[axis] = Integer.toUnsignedLong(sizes.getInt());
    }
    return new ArrayHeader(
        type, Shape.of(dimensions), ByteOrder.BIG_ENDIAN, false, Optional.empty());
  }

  private static Optional<DataType> type(byte code) {
    return switch (code) {
      case 0x08 -> Optional.of(DataType.UINT8);
      case 0x09 -> Optional.of(DataType.INT8);
      case 0x0b -> Optional.of(DataType.INT16);
      case 0x0c -> Optional.of(DataType.INT32);
      case 0x0d -> Optional.of(DataType.FLOAT32);
      case 0x0e -> Optional.of(DataType.FLOAT64);
      default -> Optional.empty();
    };
  }
}
