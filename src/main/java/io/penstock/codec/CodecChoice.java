package io.penstock.codec;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// How a writer compresses the chunks of a tensor. Each choice gives the chain `bytes`, the
/// compression, `crc32c`. Values, thread-safe.
public sealed interface CodecChoice {
  /// Whatever the data suggests: see [#chain].
  record Auto() implements CodecChoice {
    @Override
    public CodecChain chain(DataType type, List<MemorySegment> samples, CodecContext context) {
      CodecChoice choice = Sampling.shrinks(samples, context) ? new Zstd(AUTO_LEVEL) : new None();
      return choice.chain(type, samples, context);
    }

    @Override
    public String toString() {
      return "auto";
    }
  }

  /// No compression.
  record None() implements CodecChoice {
    @Override
    public CodecChain chain(DataType type, List<MemorySegment> samples, CodecContext context) {
      return CodecChain.of(BytesCodec.forType(type), new Crc32cCodec());
    }

    @Override
    public String toString() {
      return "none";
    }
  }

  /// Zstandard.
  ///
  /// @param level of [ZstdCodec]
  record Zstd(int level) implements CodecChoice {
    /// Checks the level.
    public Zstd {
      ZstdCodec.checkLevel(level);
    }

    @Override
    public CodecChain chain(DataType type, List<MemorySegment> samples, CodecContext context) {
      return CodecChain.of(
          BytesCodec.forType(type), new ZstdCodec(level, false), new Crc32cCodec());
    }

    @Override
    public String toString() {
      return "zstd:" + level;
    }
  }

  /// Gzip.
  ///
  /// @param level of [GzipCodec]
  record Gzip(int level) implements CodecChoice {
    /// Checks the level.
    public Gzip {
      GzipCodec.checkLevel(level);
    }

    @Override
    public CodecChain chain(DataType type, List<MemorySegment> samples, CodecContext context) {
      return CodecChain.of(BytesCodec.forType(type), new GzipCodec(level), new Crc32cCodec());
    }

    @Override
    public String toString() {
      return "gzip:" + level;
    }
  }

  /// The level that [Auto] compresses with: zstd's own default; a higher one costs the writer more
  /// than it saves, and no level changes much of what decoding costs.
  int AUTO_LEVEL = 3;

  /// The chain for elements of a type. [Auto] compresses parts of the samples, up to 4 MiB, and
  /// leaves data alone that would not become at least a tenth shorter. It measures sizes and never
  /// time, so the same samples always give the same chain.
  ///
  /// @param samples what the tensor's chunks will hold, or the beginning of it: native, borrowed
  ///   for the call; only [Auto] reads them
  CodecChain chain(DataType type, List<MemorySegment> samples, CodecContext context);

  /// The choice that `auto`, `none`, `zstd:LEVEL` or `gzip:LEVEL` spells; `toString` is the
  /// reverse.
  ///
  /// @throws RefusedException if it is none of them, or the level is out of bounds
  static CodecChoice parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      return switch (text) {
        case "auto" -> new Auto();
        case "none" -> new None();
        default -> throw unknown(text);
      };
    }
    int level = level(text, text.substring(colon + 1));
    return switch (text.substring(0, colon)) {
      case "zstd" -> new Zstd(level);
      case "gzip" -> new Gzip(level);
      default -> throw unknown(text);
    };
  }

  private static int level(String text, String digits) {
    try {
      return Integer.parseInt(digits);
    } catch (NumberFormatException e) {
      throw unknown(text);
    }
  }

  private static RefusedException unknown(String text) {
    return new RefusedException(
        ErrorCode.INVALID_SYNTAX,
        "codec " + text + " is none of auto, none, zstd:LEVEL, gzip:LEVEL");
  }
}
