package io.penstock.tensor;

/// Keyed permutations of 0 … n−1, n up to 2^62, computed for one element at a time
/// (`format-spec/order-v1.md` §3). Pure; allocates nothing.
public final class Permutation {
  /*
   * An unbalanced Feistel network over Z_a × Z_b with a·b barely above n; an image that falls
   * outside 0 … n−1 is mapped again until it falls inside (cycle walking), on average at most
   * 1 + 1/√n times. Six rounds are what the difference test needs (three and four fail it, see
   * PermutationTest); below 64 elements six do not reach all permutations evenly, sixteen do.
   */
  private static final int ROUNDS = 6;
  private static final int ROUNDS_WHEN_SMALL = 16;
  private static final int SMALL = 64;

  private Permutation() {}

  /// The image of x, which is in 0 … n−1, or x itself if n is at most 1.
  public static long apply(long x, long n, long key) {
    return apply(x, n, key, n < SMALL ? ROUNDS_WHEN_SMALL : ROUNDS);
  }

  /// The same with another number of rounds, for tests of what fewer do.
  static long apply(long x, long n, long key, int rounds) {
    if (n <= 1) {
      return x;
    }
    long a = ceilingRoot(n);
    long b = (n + a - 1) / a;
    if (a * b == n && (n & 1) == 1) {
      b++; // without a walk an odd × odd domain has even permutations only
    }
    long y = x;
    do {
      long l = y % a;
      long r = y / a;
      for (int j = 0; j < rounds; j++) {
        long roundKey = Hash64.mix(key + (j + 1) * Hash64.PHI);
        if ((j & 1) == 0) {
          l += Long.remainderUnsigned(Hash64.mix(r ^ roundKey), a);
          l = l < a ? l : l - a;
        } else {
          r += Long.remainderUnsigned(Hash64.mix(l ^ roundKey), b);
          r = r < b ? r : r - b;
        }
      }
      y = r * a + l;
    } while (y >= n);
    return y;
  }

  /// The smallest a with a² ≥ n, exact, for n from 1.
  static long ceilingRoot(long n) {
    long a = (long) Math.ceil(Math.sqrt((double) n));
    while ((a - 1) * (a - 1) >= n) {
      a--;
    }
    while (a * a < n) {
      a++;
    }
    return a;
  }
}
