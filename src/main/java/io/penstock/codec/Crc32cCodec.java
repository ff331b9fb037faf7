package io.penstock.codec;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.CRC32C;

/// `crc32c`: the CRC-32C of the bytes before it, 4 bytes, little-endian. Source: Zarr v3 `crc32c`
/// 1.0.
public record Crc32cCodec() implements ChecksumCodec {
  static final String NAME = "crc32c";

  private static final ValueLayout.OfInt CHECKSUM =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final HexFormat HEX = HexFormat.of();

  /// A buffer view cannot be longer than an int says.
  private static final long LARGEST_VIEW = 1 << 30;

  static Crc32cCodec read(Map<String, Object> members) {
    new Configuration(NAME, members);
    return new Crc32cCodec();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Map<String, Object> configuration() {
    return Map.of();
  }

  @Override
  public int checksumBytes() {
    return Integer.BYTES;
  }

  @Override
  public void append(MemorySegment segment, long payloadBytes) {
    segment.set(CHECKSUM, payloadBytes, checksum(segment.asSlice(0, payloadBytes)));
  }

  @Override
  public MemorySegment check(MemorySegment encoded) {
    long payloadBytes = encoded.byteSize() - Integer.BYTES;
    if (payloadBytes < 0) {
      throw new CorruptDataException(
          ErrorCode.DATA_CORRUPT,
          "codec crc32c: " + encoded.byteSize() + " bytes are too few for a checksum of 4");
    }
    MemorySegment payload = encoded.asSlice(0, payloadBytes);
    int stored = encoded.get(CHECKSUM, payloadBytes);
    int computed = checksum(payload);
    if (stored != computed) {
      throw new CorruptDataException(
          ErrorCode.DATA_CORRUPT,
          "codec crc32c: the checksum of "
              + payloadBytes
              + " bytes is "
              + HEX.toHexDigits(computed)
              + ", stored is "
              + HEX.toHexDigits(stored));
    }
    return payload;
  }

  private static int checksum(MemorySegment payload) {
    CRC32C crc = new CRC32C();
    long at = 0;
    while (at < payload.byteSize()) {
      long bytes = Math.min(payload.byteSize() - at, LARGEST_VIEW);
      crc.update(payload.asSlice(at, bytes).asByteBuffer());
      at += bytes;
    }
    return (int) crc.getValue();
  }
}
