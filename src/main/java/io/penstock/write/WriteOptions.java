package io.penstock.write;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.Optional;
import java.util.OptionalLong;

/// How a fragment is written.
///
/// @param chunkSamples group size c, or empty to derive it from `chunkBytes`
/// @param chunkBytes decoded bytes that a chunk of the largest tensor aims at
/// @param shardBytes decoded bytes that a shard aims at
/// @param codec `auto`, `none`, `zstd:LEVEL` or `gzip:LEVEL`
/// @param shuffle how samples are shuffled before they are cut into chunks, or empty to write them
///   in the order in which they come
public record WriteOptions(
    OptionalLong chunkSamples,
    long chunkBytes,
    long shardBytes,
    String codec,
    Optional<Shuffle> shuffle) {
  /// 1 MiB chunks, 256 MiB shards, codec `auto`, not shuffled.
  public static final WriteOptions DEFAULT =
      new WriteOptions(OptionalLong.empty(), 1L << 20, 256L << 20, "auto", Optional.empty());

  /// A pass over the samples in which each window of them is permuted, as `format-spec/v1.md`
  /// specifies it bit for bit.
  ///
  /// @param bufferBytes memory of a window, taken from the pool; 1 or more
  /// @param seed of the permutations
  public record Shuffle(long bufferBytes, long seed) {
    /// Checks the bytes.
    public Shuffle {
      if (bufferBytes < 1) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT, "a shuffle buffer of " + bufferBytes + " bytes");
      }
    }
  }
}
