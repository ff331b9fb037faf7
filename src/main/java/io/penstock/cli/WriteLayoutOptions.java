package io.penstock.cli;

import io.penstock.convert.ConversionOptions;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options of commands that write samples.
final class WriteLayoutOptions {
  @Option(
      names = "--chunk-samples",
      paramLabel = "N",
      description = "Samples of a chunk. Default: from --chunk-bytes.")
  @Nullable Long chunkSamples;

  @Option(
      names = "--chunk-bytes",
      paramLabel = "SIZE",
      converter = ByteCount.Converter.class,
      description = "Decoded bytes that a chunk of the largest tensor aims at. Default: 1MiB.")
  long chunkBytes = 1L << 20;

  @Option(
      names = "--shard-bytes",
      paramLabel = "SIZE",
      converter = ByteCount.Converter.class,
      description = "Decoded bytes that a shard aims at. Default: 256MiB.")
  long shardBytes = 256L << 20;

  @Option(
      names = "--codec",
      paramLabel = "CODEC",
      description = "zstd:LEVEL, gzip:LEVEL, none, or auto: what the data is worth. Default: auto.")
  String codec = "auto";

  ConversionOptions options(boolean append, String branch, String message, long memoryBytes) {
    return new ConversionOptions(
        append,
        branch,
        message,
        Optional.ofNullable(chunkSamples).map(OptionalLong::of).orElse(OptionalLong.empty()),
        chunkBytes,
        shardBytes,
        codec,
        ConversionOptions.blockBytes(memoryBytes));
  }
}
