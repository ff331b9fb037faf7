package io.penstock.codec;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/// `gzip`: RFC 1952. Writes exactly one member; reads one or more in a row. Source: Zarr v3 `gzip`
/// 1.0.
///
/// @param level of compression, 0 (none) to 9
public record GzipCodec(int level) implements TransformCodec {
  static final String NAME = "gzip";
  static final int MAX_LEVEL = 9;

  private static final int DEFAULT_LEVEL = 6;

  /// Checks the level.
  public GzipCodec {
    checkLevel(level);
  }

  static void checkLevel(int level) {
    if (level < 0 || level > MAX_LEVEL) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "gzip level " + level + " is not within 0 to " + MAX_LEVEL);
    }
  }

  static GzipCodec read(Map<String, Object> members) {
    Configuration configuration = new Configuration(NAME, members, "level");
    return new GzipCodec(configuration.integer("level", 0, MAX_LEVEL, DEFAULT_LEVEL));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Map<String, Object> configuration() {
    return Map.of("level", (long) level);
  }

  /// zlib's own bound is at most 1/32 + 1/128 + 1/2048 more than the plain bytes, at level 0.
  @Override
  public long maxEncodedBytes(long plainBytes) {
    return plainBytes + (plainBytes >> 4) + 64;
  }

  @Override
  public long encode(MemorySegment plain, MemorySegment encoded, CodecContext context) {
    return context.resident(GzipMembers.class, GzipMembers::new).write(plain, encoded, level);
  }

  @Override
  public long decode(MemorySegment encoded, MemorySegment plain, CodecContext context) {
    return context.resident(GzipMembers.class, GzipMembers::new).read(encoded, plain);
  }
}
