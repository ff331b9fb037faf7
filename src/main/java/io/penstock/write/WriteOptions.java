package io.penstock.write;

import io.penstock.format.WriteShuffle;
import java.util.Optional;
import java.util.OptionalLong;

/// How a fragment is written.
///
/// @param chunkSamples group size c, or empty to derive it from `chunkBytes`
/// @param chunkBytes decoded bytes that a chunk of the largest tensor aims at
/// @param shardBytes decoded bytes that a shard aims at
/// @param codec `auto`, `none`, `zstd:LEVEL` or `gzip:LEVEL`
/// @param shuffle what the caller did to the order of the samples, recorded as it is
public record WriteOptions(
    OptionalLong chunkSamples,
    long chunkBytes,
    long shardBytes,
    String codec,
    Optional<WriteShuffle> shuffle) {
  /// 1 MiB chunks, 256 MiB shards, codec `auto`, not shuffled.
  public static final WriteOptions DEFAULT =
      new WriteOptions(OptionalLong.empty(), 1L << 20, 256L << 20, "auto", Optional.empty());
}
