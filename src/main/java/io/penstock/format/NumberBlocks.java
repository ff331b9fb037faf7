package io.penstock.format;

import io.penstock.codec.BytesCodec;
import io.penstock.codec.ChunkCodec;
import io.penstock.codec.CodecChain;
import io.penstock.codec.CodecContext;
import io.penstock.codec.ZstdCodec;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/// Blocks of numbers from 0 to 2^31−1, in byte planes and compressed: what neighbours have in
/// common stands together. Confined to the thread that made it, which closes it.
final class NumberBlocks implements AutoCloseable {
  private static final CodecChain CHAIN =
      CodecChain.of(BytesCodec.forType(DataType.UINT8), new ZstdCodec(3, false));

  private final Arena arena = Arena.ofConfined();
  private final CodecContext context = new CodecContext();
  private final MemorySegment planes;
  private final MemorySegment encoded;

  NumberBlocks() {
    ChunkCodec largest = codec(CatalogFormat.CHUNKS_PER_BLOCK);
    planes = arena.allocate(largest.decodedBytes());
    encoded = arena.allocate(largest.maxEncodedBytes());
  }

  private static ChunkCodec codec(int numbers) {
    return CHAIN.bind(DataType.UINT8, Shape.of((long) numbers * Integer.BYTES));
  }

  /// The bytes of at least one number.
  byte[] encode(int[] numbers) {
    ChunkCodec codec = codec(numbers.length);
    MemorySegment decoded = planes.asSlice(0, codec.decodedBytes());
    for (int plane = 0; plane < Integer.BYTES; plane++) {
      long start = (long) plane * numbers.length;
      for (int i = 0; i < numbers.length; i++) {
        decoded.set(ValueLayout.JAVA_BYTE, start + i, (byte) (numbers[i] >>> (8 * plane)));
      }
    }
    long bytes = codec.encode(decoded, encoded, context);
    return encoded.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
  }

  /// Reads numbers into a part of `target`.
  ///
  /// @throws CorruptDataException if the bytes are not exactly so many numbers
  void decode(ByteBuffer block, int[] target, int from, int count) {
    ChunkCodec codec = codec(count);
    if (block.remaining() > codec.maxEncodedBytes()) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT,
          block.remaining() + " bytes are too many for " + count + " numbers");
    }
    MemorySegment stored = encoded.asSlice(0, block.remaining());
    stored.copyFrom(MemorySegment.ofBuffer(block));
    MemorySegment decoded = planes.asSlice(0, codec.decodedBytes());
    codec.decode(stored, decoded, context);
    for (int i = 0; i < count; i++) {
      int number = 0;
      for (int plane = 0; plane < Integer.BYTES; plane++) {
        byte part = decoded.get(ValueLayout.JAVA_BYTE, (long) plane * count + i);
        number |= Byte.toUnsignedInt(part) << (8 * plane);
      }
      if (number < 0) {
        throw new CorruptDataException(
            ErrorCode.METADATA_CORRUPT, "number " + i + " of a block exceeds 2^31-1");
      }
      target[from + i] = number;
    }
  }

  @Override
  public void close() {
    context.close();
    arena.close();
  }
}
