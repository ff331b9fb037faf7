package io.penstock.codec;

import java.lang.foreign.MemorySegment;

/// The index of a shard: offset and length of each inner chunk, in C order of the grid, or missing.
/// Immutable, thread-safe. Source: Zarr v3 `sharding_indexed` 1.0.
public final class ShardIndex {
  private ShardIndex() {}

  /// Inner chunks of the full grid.
  public int chunks() {
    throw new UnsupportedOperationException("codec room");
  }

  /// Whether the chunk is stored.
  public boolean present(int chunk) {
    throw new UnsupportedOperationException("codec room");
  }

  /// Where the chunk begins, counted from the start of the object.
  public long offset(int chunk) {
    throw new UnsupportedOperationException("codec room");
  }

  /// Stored bytes of the chunk.
  public long length(int chunk) {
    throw new UnsupportedOperationException("codec room");
  }

  /// Decodes and checks an index.
  ///
  /// @param encoded exactly [ShardingIndexedCodec]'s index bytes for `chunks`
  /// @param objectBytes length of the whole object: entries beyond it are corrupt
  public static ShardIndex decode(
      MemorySegment encoded, int chunks, CodecChain indexCodecs, long objectBytes) {
    throw new UnsupportedOperationException("codec room");
  }
}
