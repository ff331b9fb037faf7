package io.penstock.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Random;

/// Native segments for tests: from hex, from arrays, random; and back.
final class Segments {
  private Segments() {}

  /// A native copy, freed when nothing refers to it.
  static MemorySegment of(byte[] bytes) {
    return Arena.ofAuto().allocateFrom(ValueLayout.JAVA_BYTE, bytes);
  }

  /// The bytes of a hex text; spaces and line ends are left out.
  static MemorySegment hex(String text) {
    return of(HexFormat.of().parseHex(text.replaceAll("\\s", "")));
  }

  static String toHex(MemorySegment segment) {
    return HexFormat.of().formatHex(bytes(segment));
  }

  static byte[] bytes(MemorySegment segment) {
    return segment.toArray(ValueLayout.JAVA_BYTE);
  }

  /// So many bytes, each 0xEE, which no test writes on purpose.
  static MemorySegment poisoned(long bytes) {
    return Arena.ofAuto().allocate(bytes).fill((byte) 0xEE);
  }

  static MemorySegment random(long bytes, long seed) {
    byte[] content = new byte[Math.toIntExact(bytes)];
    new Random(seed).nextBytes(content);
    return of(content);
  }

  /// Bytes with repetitions that compress, and noise that does not.
  static MemorySegment compressible(long bytes, long seed) {
    Random random = new Random(seed);
    MemorySegment segment = Arena.ofAuto().allocate(bytes);
    for (long at = 0; at < bytes; at++) {
      segment.set(ValueLayout.JAVA_BYTE, at, (byte) (at / 16 * 8 + random.nextInt(4)));
    }
    return segment;
  }

  static void flipBit(MemorySegment segment, long bit) {
    byte old = segment.get(ValueLayout.JAVA_BYTE, bit / 8);
    segment.set(ValueLayout.JAVA_BYTE, bit / 8, (byte) (old ^ (1 << (bit % 8))));
  }
}
