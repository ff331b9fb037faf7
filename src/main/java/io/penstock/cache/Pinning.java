package io.penstock.cache;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Which units of a dataset a cache keeps: those whose hash lies below a threshold. Pure.
///
/// A unit is a stretch of an object; a chunk belongs to the unit in which it begins. The hash
/// depends on dataset, key and unit alone, so all processes keep the same ones, and a larger share
/// keeps all that a smaller one does.
final class Pinning {
  /*
   * Why not the least recently used: each epoch reads everything once, in a new order, so what was
   * used last is what is needed last. A cache of a quarter of the data then hits 3.5 %; keeping any
   * fixed quarter hits 25 %, and no choice can do better.
   *
   * Whether n units are pinned is a matter of n coins, so their number strays by √(n·p·(1−p)). The
   * threshold lies two of these deviations above the share that the budget buys: chance leaves none
   * of the budget unused, and what turns out to be too much is rejected, first come, first kept.
   */
  private static final double TWO_TO_64 = 0x1p64;
  private static final int SCOPE_BYTES = 16;

  private Pinning() {}

  /// A name for a dataset that can be a file's: 32 hexadecimal digits.
  ///
  /// @param dataset whatever tells this dataset from all others
  static String scope(String dataset) {
    byte[] digest = sha256().digest(dataset.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest, 0, SCOPE_BYTES);
  }

  /// The hash of a unit, an unsigned number.
  static long hash(String scope, String key, long unit) {
    MessageDigest digest = sha256();
    digest.update(scope.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) '/');
    digest.update(key.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    return ByteBuffer.wrap(digest.digest(ByteBuffer.allocate(Long.BYTES).putLong(unit).array()))
        .getLong();
  }

  /// The share of the units that are pinned, 0 to 1.
  ///
  /// @param budgetBytes of the cache
  /// @param readBytes that this machine reads in an epoch
  static double share(long budgetBytes, long readBytes, long unitBytes) {
    double share = budgetBytes / (double) Math.max(1, readBytes);
    if (share >= 1) {
      return 1;
    }
    double units = Math.max(1, readBytes / (double) unitBytes);
    return Math.min(1, share + 2 * Math.sqrt(share * (1 - share) / units));
  }

  /// Whether a hash lies below the threshold of a share.
  static boolean pinned(long hash, double share) {
    return share >= 1 || unsigned(hash) < share * TWO_TO_64;
  }

  private static double unsigned(long hash) {
    return (hash >>> 1) * 2.0 + (hash & 1);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
