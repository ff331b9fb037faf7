package io.penstock.load;

import io.penstock.tensor.Hash64;

/// The keys of an order in one epoch (`format-spec/order-v1.md` §2). Never a sum of seed and epoch:
/// neighbouring seeds would share their streams.
///
/// @param seedKey depends on the seed alone
/// @param epochKey depends on the seed and the epoch
record OrderKeys(long seedKey, long epochKey) {
  static final int RUNS = 1;
  static final int STEP = 2;
  static final int CHUNK = 3;
  static final int HOME = 4;
  static final int FULL = 5;
  static final int MIX = 6;
  static final int STREAM = 7;
  static final int SPLIT = 8;

  static OrderKeys of(long seed, long epoch) {
    long seedKey = Hash64.mix(seed + Hash64.PHI);
    return new OrderKeys(seedKey, Hash64.mix(seedKey + (epoch + 1) * Hash64.C));
  }

  /// A key for one use, anew in each epoch.
  long ofEpoch(int tag) {
    return tagged(epochKey, tag);
  }

  /// A key for one use, the same in all epochs.
  long ofSeed(int tag) {
    return tagged(seedKey, tag);
  }

  /// A key for one of many numbered things.
  static long numbered(long key, long number) {
    return Hash64.mix(key + number * Hash64.C);
  }

  private static long tagged(long key, int tag) {
    return Hash64.mix(key ^ tag * Hash64.PHI);
  }
}
