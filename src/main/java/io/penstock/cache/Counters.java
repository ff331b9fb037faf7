package io.penstock.cache;

import java.util.concurrent.atomic.LongAdder;

/// What a cache counts. Thread-safe.
final class Counters {
  final LongAdder hits = new LongAdder();
  final LongAdder misses = new LongAdder();
  final LongAdder bytesFromDisk = new LongAdder();
  final LongAdder bytesFromStore = new LongAdder();
  final LongAdder written = new LongAdder();
  final LongAdder rejected = new LongAdder();
  final LongAdder dropped = new LongAdder();
  final LongAdder damaged = new LongAdder();
  final LongAdder failures = new LongAdder();
  final LongAdder evicted = new LongAdder();

  CacheStats stats(long usedBytes, long budgetBytes) {
    return new CacheStats(
        hits.sum(),
        misses.sum(),
        bytesFromDisk.sum(),
        bytesFromStore.sum(),
        written.sum(),
        rejected.sum(),
        dropped.sum(),
        damaged.sum(),
        failures.sum(),
        evicted.sum(),
        usedBytes,
        budgetBytes);
  }
}
