package io.penstock.codec;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// `bytes`: elements in C order, in a stated byte order. Source: Zarr v3 `bytes` 1.0.
///
/// @param endian byte order of the stored elements
public record BytesCodec(Endian endian) implements ElementCodec {
  static final String NAME = "bytes";

  /// The byte order of stored elements.
  public enum Endian {
    /// Least significant byte first.
    LITTLE,
    /// Most significant byte first.
    BIG,
    /// Not stated: only for types of one byte.
    NONE;

    /// The spelling in metadata.
    String spelling() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// The codec that is written for a type: little-endian, or not stated for types of one byte.
  public static BytesCodec forType(DataType type) {
    return new BytesCodec(type.byteCount() == 1 ? Endian.NONE : Endian.LITTLE);
  }

  static BytesCodec read(Map<String, Object> members) {
    Configuration configuration = new Configuration(NAME, members, "endian");
    if (!configuration.has("endian")) {
      return new BytesCodec(Endian.NONE);
    }
    String word = configuration.word("endian", List.of("little", "big"), "little");
    return new BytesCodec(word.equals("big") ? Endian.BIG : Endian.LITTLE);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Map<String, Object> configuration() {
    return endian == Endian.NONE ? Map.of() : Map.of("endian", endian.spelling());
  }

  @Override
  public long encodedBytes(ArraySpec plain) {
    if (endian == Endian.NONE && plain.type().wordBytes() > 1) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT,
          "codec bytes: configuration.endian is missing, "
              + plain.type().zarrName()
              + " has "
              + plain.type().byteCount()
              + " bytes");
    }
    return plain.bytes();
  }

  @Override
  public boolean changesNothing(ArraySpec plain) {
    return plain.type().wordBytes() == 1 || storedOrder() == ByteOrder.nativeOrder();
  }

  @Override
  public void encode(
      ArraySpec plain, MemorySegment source, MemorySegment target, CodecContext context) {
    copy(plain, source, target);
  }

  @Override
  public void decode(
      ArraySpec plain, MemorySegment source, MemorySegment target, CodecContext context) {
    copy(plain, source, target);
  }

  private void copy(ArraySpec plain, MemorySegment source, MemorySegment target) {
    if (changesNothing(plain)) {
      target.copyFrom(source);
      return;
    }
    ValueLayout word =
        switch (plain.type().wordBytes()) {
          case 2 -> ValueLayout.JAVA_SHORT_UNALIGNED;
          case 4 -> ValueLayout.JAVA_INT_UNALIGNED;
          case 8 -> ValueLayout.JAVA_LONG_UNALIGNED;
          default -> throw new AssertionError(plain.type());
        };
    // Swapping is its own reverse, so one direction serves both. The bulk copy swaps 12 GB/s and
    // more of any word, where a loop over the elements reaches 6 with short ones
    // (ByteSwapBenchmark).
    MemorySegment.copy(
        source,
        word.withOrder(ByteOrder.LITTLE_ENDIAN),
        0,
        target,
        word.withOrder(ByteOrder.BIG_ENDIAN),
        0,
        source.byteSize() / word.byteSize());
  }

  private ByteOrder storedOrder() {
    return endian == Endian.BIG ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
  }
}
