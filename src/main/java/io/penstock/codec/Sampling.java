package io.penstock.codec;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// Finds out whether data is worth compressing, by compressing parts of it.
final class Sampling {
  /// Long enough for what zstd finds in a chunk: pieces of 128 KiB compress to within 2 % of what 1
  /// MiB at once does on images, to within 6 % on text.
  static final int PIECE_BYTES = 128 << 10;

  /// 4 MiB in all, which costs about 20 ms once for each tensor of a writer.
  static final int MOST_PIECES = 32;

  /// Compressed data must be at most 9/10 as long. Decoding costs about one CPU second for each GB,
  /// a tenth less to transfer saves a fifth of that at most; noise in float32, which nobody wants
  /// compressed, becomes 7.5 % shorter by its exponents alone.
  static final int TENTHS = 9;

  private Sampling() {}

  /// Whether the samples become shorter by enough. Without a byte to look at: yes.
  static boolean shrinks(List<MemorySegment> samples, CodecContext context) {
    long pieces = 0;
    for (MemorySegment sample : samples) {
      pieces += Math.ceilDiv(sample.byteSize(), PIECE_BYTES);
    }
    long taken = Math.min(pieces, MOST_PIECES);
    ZstdCodec zstd = new ZstdCodec(CodecChoice.AUTO_LEVEL, false);
    long plainBytes = 0;
    long encodedBytes = 0;
    for (long i = 0; i < taken; i++) {
      // Spread evenly over all pieces; taken is small, so the product cannot overflow.
      MemorySegment piece = piece(samples, i * pieces / taken);
      MemorySegment target = context.scratch(0, zstd.maxEncodedBytes(piece.byteSize()));
      plainBytes += piece.byteSize();
      encodedBytes += zstd.encode(piece, target, context);
    }
    return encodedBytes * 10 <= plainBytes * TENTHS;
  }

  private static MemorySegment piece(List<MemorySegment> samples, long index) {
    long left = index;
    for (MemorySegment sample : samples) {
      long pieces = Math.ceilDiv(sample.byteSize(), PIECE_BYTES);
      if (left < pieces) {
        long from = left * PIECE_BYTES;
        return sample.asSlice(from, Math.min(PIECE_BYTES, sample.byteSize() - from));
      }
      left -= pieces;
    }
    throw new AssertionError("piece " + index + " of too few");
  }
}
