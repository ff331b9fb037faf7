package io.penstock.codec;

import io.penstock.tensor.Shape;
import java.util.List;
import java.util.Map;

/// `sharding_indexed`: an object that holds many chunks and an index of them. Describes; the reading
/// and writing rooms handle the chunks one by one. Source: Zarr v3 `sharding_indexed` 1.0.
///
/// @param innerChunk shape of one inner chunk; divides the shard's shape
/// @param innerCodecs chain of the inner chunks
/// @param indexCodecs chain of the index, `bytes` little-endian and `crc32c` by default
/// @param indexAtEnd whether the index stands behind the chunks, or before them
public record ShardingIndexedCodec(
    Shape innerChunk, CodecChain innerCodecs, CodecChain indexCodecs, boolean indexAtEnd)
    implements ArrayToBytesCodec {
  @Override
  public String name() {
    return "sharding_indexed";
  }

  @Override
  public Map<String, Object> configuration() {
    throw new UnsupportedOperationException("codec room");
  }

  /// Bytes of the encoded index of a grid of so many inner chunks.
  public long indexBytes(int chunks) {
    throw new UnsupportedOperationException("codec room");
  }

  /// The default index chain.
  public static CodecChain defaultIndexCodecs() {
    return CodecChain.of(List.of());
  }
}
