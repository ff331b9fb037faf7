package io.penstock.convert;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
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
/// @param blockBytes native memory that holds samples between input and writer
public record ConversionOptions(
    boolean append,
    String branch,
    String message,
    OptionalLong chunkSamples,
    long chunkBytes,
    long shardBytes,
    String codec,
    long blockBytes) {
  private static final long SMALLEST_BLOCK = 256L << 10;
  private static final long LARGEST_BLOCK = 8L << 20;

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
        true, branch, message, chunkSamples, chunkBytes, shardBytes, codec, blockBytes);
  }

  /// The block for a process that may use so much native memory in all: a thirty-second, within 256
  /// KiB and 8 MiB.
  public static long blockBytes(long memoryBytes) {
    return Math.clamp(memoryBytes / 32, SMALLEST_BLOCK, LARGEST_BLOCK);
  }
}
