package io.penstock.codec;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/// `zstd`: Zstandard frames, RFC 8878. Writes exactly one frame, which carries its content size;
/// reads also frames without a size and several frames in a row. Source: the Zarr v3 `zstd` codec.
///
/// @param level of compression, -131072 to 22; 0 is the library's default
/// @param checksum whether frames end in a checksum of their content
public record ZstdCodec(int level, boolean checksum) implements TransformCodec {
  static final String NAME = "zstd";
  static final int MIN_LEVEL = -131072;
  static final int MAX_LEVEL = 22;

  /// Checks the level.
  public ZstdCodec {
    checkLevel(level);
  }

  static void checkLevel(int level) {
    if (level < MIN_LEVEL || level > MAX_LEVEL) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "zstd level " + level + " is not within " + MIN_LEVEL + " to " + MAX_LEVEL);
    }
  }

  static ZstdCodec read(Map<String, Object> members) {
    Configuration configuration = new Configuration(NAME, members, "level", "checksum");
    return new ZstdCodec(
        configuration.integer("level", MIN_LEVEL, MAX_LEVEL, 0),
        configuration.flag("checksum", false));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Map<String, Object> configuration() {
    return Configuration.of("level", (long) level, "checksum", checksum);
  }

  @Override
  public long maxEncodedBytes(long plainBytes) {
    return Zstd.compressBound(plainBytes);
  }

  @Override
  public long encode(MemorySegment plain, MemorySegment encoded, CodecContext context) {
    ZstdCompressCtx zstd = context.resident(ZstdCompressCtx.class, ZstdCompressCtx::new);
    try {
      return zstd.setLevel(level)
          .setChecksum(checksum)
          .compressDirectByteBuffer(
              encoded.asByteBuffer(),
              0,
              Math.toIntExact(encoded.byteSize()),
              plain.asByteBuffer(),
              0,
              Math.toIntExact(plain.byteSize()));
    } catch (ZstdException e) {
      throw new RefusedException(
          ErrorCode.INTERNAL,
          "codec zstd: cannot compress " + plain.byteSize() + " bytes: " + e.getMessage(),
          e);
    }
  }

  @Override
  public long decode(MemorySegment encoded, MemorySegment plain, CodecContext context) {
    ZstdDecompressCtx zstd = context.resident(ZstdDecompressCtx.class, ZstdDecompressCtx::new);
    try {
      return zstd.decompressDirectByteBuffer(
          plain.asByteBuffer(),
          0,
          Math.toIntExact(plain.byteSize()),
          encoded.asByteBuffer(),
          0,
          Math.toIntExact(encoded.byteSize()));
    } catch (ZstdException e) {
      throw new CorruptDataException(
          ErrorCode.DATA_CORRUPT,
          "codec zstd: "
              + encoded.byteSize()
              + " bytes do not decode into at most "
              + plain.byteSize()
              + ": "
              + e.getMessage());
    }
  }
}
