package io.penstock.cli;

import io.penstock.convert.ConversionOptions;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Stack;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
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

  @Option(
      names = "--shuffle",
      arity = "0..1",
      paramLabel = "SEED",
      preprocessor = SeedZero.class,
      description = "Shuffle the samples within a window of memory before they are written.")
  @Nullable Long shuffle;

  @Option(
      names = "--shuffle-bytes",
      paramLabel = "SIZE",
      converter = ByteCount.Converter.class,
      description = "The window of --shuffle, out of --memory. Default: 128MiB.")
  @Nullable Long shuffleBytes;

  /// Reads a plain `--shuffle` as `--shuffle=0`: what stands behind it is not its seed.
  static final class SeedZero implements IParameterPreprocessor {
    @Override
    public boolean preprocess(
        Stack<String> args, CommandSpec command, ArgSpec option, Map<String, Object> info) {
      if (" ".equals(info.get("separator"))) {
        args.push("0");
      }
      return false;
    }
  }

  ConversionOptions options(boolean append, String branch, String message, long memoryBytes) {
    return new ConversionOptions(
        append,
        branch,
        message,
        Optional.ofNullable(chunkSamples).map(OptionalLong::of).orElse(OptionalLong.empty()),
        chunkBytes,
        shardBytes,
        codec,
        shuffle(),
        ConversionOptions.blockBytes(memoryBytes));
  }

  private Optional<ConversionOptions.Shuffle> shuffle() {
    if (shuffle == null) {
      if (shuffleBytes != null) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT, "--shuffle-bytes without --shuffle: nothing is shuffled");
      }
      return Optional.empty();
    }
    long bytes = shuffleBytes == null ? ConversionOptions.Shuffle.DEFAULT_BYTES : shuffleBytes;
    return Optional.of(new ConversionOptions.Shuffle(bytes, shuffle));
  }
}
