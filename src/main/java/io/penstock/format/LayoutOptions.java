package io.penstock.format;

import java.util.OptionalLong;

/// What a layout aims at. Sizes are of decoded bytes.
///
/// @param chunkSamples the group size c, or empty to derive it from `chunkBytes`
/// @param chunkBytes what a chunk of the largest tensor aims at, 64 KiB to 16 MiB
/// @param shardBytes what a shard aims at; at least `chunkBytes`
public record LayoutOptions(OptionalLong chunkSamples, long chunkBytes, long shardBytes) {
  /// 1 MiB chunks in shards of 256 MiB.
  public static final LayoutOptions DEFAULT =
      new LayoutOptions(OptionalLong.empty(), 1L << 20, 256L << 20);
}
