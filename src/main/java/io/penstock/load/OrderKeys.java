package io.penstock.load;

import io.penstock.tensor.Hash64;

/// The keys of an order in one epoch (`format-spec/order-v1.md` §2).
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

  /// 9 is the write-time shuffle.
  static final int WINDOW = 10;

  static final int SAMPLE = 11;

  static OrderKeys of(long seed, long epoch) {
    long seedKey = Hash64.ofSeed(seed);
    return new OrderKeys(seedKey, Hash64.numbered(seedKey, epoch + 1));
  }

  /// A key for one use, anew in each epoch.
  long ofEpoch(int tag) {
    return Hash64.tagged(epochKey, tag);
  }

  /// A key for one use, the same in all epochs.
  long ofSeed(int tag) {
    return Hash64.tagged(seedKey, tag);
  }
}
