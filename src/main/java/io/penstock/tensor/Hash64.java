package io.penstock.tensor;

/// The arithmetic that keys and permutations are made of: 64 bits, wrapping, unsigned
/// (`format-spec/order-v1.md` §2). The finalizer and its constants are those of SplitMix64. Pure.
public final class Hash64 {
  /// 2^64 over the golden ratio, odd.
  public static final long PHI = 0x9E3779B97F4A7C15L;

  /// Multiplier for numbers that select a key: epochs, steps, chunks, blocks, windows.
  private static final long C = 0xD1342543DE82EF95L;

  private Hash64() {}

  /// A bijection of 64 bits in which every bit depends on every other.
  public static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /// The key of a seed. Never a sum of a seed and a number: neighbouring seeds would share their
  /// streams.
  public static long ofSeed(long seed) {
    return mix(seed + PHI);
  }

  /// A key for one of many numbered things.
  public static long numbered(long key, long number) {
    return mix(key + number * C);
  }

  /// A key for one use of many.
  public static long tagged(long key, int tag) {
    return mix(key ^ tag * PHI);
  }

  /// `n · hash / 2^64`, rounded down: a hash brought to 0 … n−1.
  public static long scale(long n, long hash) {
    return Math.unsignedMultiplyHigh(n, hash);
  }
}
