package io.penstock.codec;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `sharding_indexed`: an object that holds many chunks and an index of them. Describes; the
/// reading and writing rooms handle the chunks one by one. Source: Zarr v3 `sharding_indexed` 1.0.
///
/// @param innerChunk shape of one inner chunk; divides the shard's shape
/// @param innerCodecs chain of the inner chunks
/// @param indexCodecs chain of the index, `bytes` little-endian and `crc32c` by default
/// @param indexAtEnd whether the index stands behind the chunks, or before them
public record ShardingIndexedCodec(
    Shape innerChunk, CodecChain innerCodecs, CodecChain indexCodecs, boolean indexAtEnd)
    implements ArrayToBytesCodec {
  static final String NAME = "sharding_indexed";

  /// Checks what does not depend on the shard's shape.
  ///
  /// @throws CorruptDataException if the inner chunk is empty, or the length of an encoded index
  ///   would depend on its content
  public ShardingIndexedCodec {
    if (innerChunk.ragged() || innerChunk.elements() == 0) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT,
          "codec sharding_indexed: chunk_shape " + innerChunk + " has an empty dimension");
    }
    for (Codec codec : indexCodecs.codecs()) {
      if (!(codec instanceof ElementCodec || codec instanceof ChecksumCodec)) {
        throw new CorruptDataException(
            ErrorCode.UNSUPPORTED,
            "codec sharding_indexed: "
                + codec.name()
                + " in index_codecs, only bytes and checksums are supported");
      }
    }
  }

  static ShardingIndexedCodec read(Map<String, Object> members, ArraySpec array, Codecs codecs) {
    Configuration configuration =
        new Configuration(NAME, members, "chunk_shape", "codecs", "index_codecs", "index_location");
    long[] dimensions =
        configuration.integers("chunk_shape", 1, Shape.MAX_DIMENSION).stream()
            .mapToLong(Long::longValue)
            .toArray();
    if (dimensions.length != array.shape().rank()) {
      throw configuration.wrong("chunk_shape", "the rank of the shard's shape " + array.shape());
    }
    Shape innerChunk = Shape.of(dimensions);
    CodecChain indexCodecs =
        configuration.has("index_codecs")
            ? codecs.chain(configuration.list("index_codecs"), DataType.UINT64, Shape.of(1, 2))
            : defaultIndexCodecs();
    return new ShardingIndexedCodec(
        innerChunk,
        codecs.chain(configuration.list("codecs"), array.type(), innerChunk),
        indexCodecs,
        configuration.word("index_location", List.of("start", "end"), "end").equals("end"));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Map<String, Object> configuration() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("chunk_shape", Arrays.stream(innerChunk.toArray()).boxed().toList());
    members.put("codecs", innerCodecs.metadata());
    members.put("index_codecs", indexCodecs.metadata());
    members.put("index_location", indexAtEnd ? "end" : "start");
    return Collections.unmodifiableMap(members);
  }

  /// Bytes of the encoded index of a grid of so many inner chunks.
  public long indexBytes(int chunks) {
    return ShardIndex.bind(indexCodecs, chunks).maxEncodedBytes();
  }

  /// How many inner chunks a shard of this shape has on each axis.
  ///
  /// @throws CorruptDataException if the inner chunk does not divide the shard
  public Shape grid(Shape shard) {
    if (shard.rank() != innerChunk.rank()) {
      throw misfit(shard);
    }
    long[] counts = new long[shard.rank()];
    for (int axis = 0; axis < counts.length; axis++) {
      if (shard.dimension(axis) % innerChunk.dimension(axis) != 0) {
        throw misfit(shard);
      }
      counts[axis] = shard.dimension(axis) / innerChunk.dimension(axis);
    }
    return Shape.of(counts);
  }

  /// The default index chain.
  public static CodecChain defaultIndexCodecs() {
    return CodecChain.of(BytesCodec.forType(DataType.UINT64), new Crc32cCodec());
  }

  private CorruptDataException misfit(Shape shard) {
    return new CorruptDataException(
        ErrorCode.METADATA_CORRUPT,
        "codec sharding_indexed: chunk_shape "
            + innerChunk
            + " does not divide the shard's shape "
            + shard);
  }
}
