package io.penstock.convert;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.Optional;
import java.util.OptionalLong;

/// How a conversion writes.
///
/// @param append whether the samples join a dataset that is there already
/// @param branch that is committed to
/// @param message of the commit; empty for one that names the inputs
/// @param chunkSamples samples of a chunk, or empty to derive them from `chunkBytes`
/// @param chunkBytes decoded bytes that a chunk of the largest tensor aims at
/// @param shardBytes decoded bytes that a shard aims at
/// @param codec `auto`, `none`, `zstd:LEVEL` or `gzip:LEVEL`
/// @param shuffle how samples are shuffled before they are written; empty for the order of the
///   inputs
/// @param blockBytes native memory that holds samples between input and writer
public record ConversionOptions(
    boolean append,
    String branch,
    String message,
    OptionalLong chunkSamples,
    long chunkBytes,
    long shardBytes,
    String codec,
    Optional<Shuffle> shuffle,
    long blockBytes) {
  private static final long SMALLEST_BLOCK = 256L << 10;
  private static final long LARGEST_BLOCK = 8L << 20;

  /// What [io.penstock.DatasetWriter.Builder#preShuffle(long, long)] takes.
  ///
  /// @param bytes of the window, out of the memory budget
  /// @param seed of the permutations
  public record Shuffle(long bytes, long seed) {
    /// The window if nothing else is said. It does not follow from the memory or the inputs, so
    /// that the same samples have the same digest wherever they are converted; 4 % of 3.2 GB.
    public static final long DEFAULT_BYTES = 128L << 20;
  }

  /// Checks the block.
  public ConversionOptions {
    if (blockBytes < 1) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "blockBytes " + blockBytes + " is less than 1");
    }
  }

  /// The same for samples that join the dataset.
  public ConversionOptions appending() {
    return new ConversionOptions(
        true, branch, message, chunkSamples, chunkBytes, shardBytes, codec, shuffle, blockBytes);
  }

  /// The block for a process that may use so much native memory in all: a thirty-second, within 256
  /// KiB and 8 MiB.
  public static long blockBytes(long memoryBytes) {
    return Math.clamp(memoryBytes / 32, SMALLEST_BLOCK, LARGEST_BLOCK);
  }
}
