package io.penstock.load;

import io.penstock.tensor.Hash64;
import java.util.Arrays;

/// How often each key has come since the last [#clear]: a hash table of numbers that keeps its
/// memory. Grows with the number of different keys between two clears. One thread at a time.
final class WindowCounts {
  /*
   * Open addressing with linear steps; a count of 0 marks a free place, so clearing is one fill of
   * the counts. At most half of the places are taken.
   */
  private long[] keys = new long[64];
  private int[] counts = new int[64];
  private int different;

  /// Counts a key.
  void add(long key) {
    int at = placeOf(key);
    if (counts[at] == 0) {
      if (2 * (different + 1) > keys.length) {
        grow();
        at = placeOf(key);
      }
      keys[at] = key;
      different++;
    }
    counts[at]++;
  }

  /// Pairs of equal keys.
  long pairs() {
    long pairs = 0;
    for (int count : counts) {
      pairs += (long) count * (count - 1) / 2;
    }
    return pairs;
  }

  /// Adds the square of each key's count to the element of that index.
  void addSquares(long[] sums) {
    for (int i = 0; i < keys.length; i++) {
      if (counts[i] > 0) {
        sums[Math.toIntExact(keys[i])] += (long) counts[i] * counts[i];
      }
    }
  }

  /// Forgets all keys.
  void clear() {
    if (different > 0) {
      Arrays.fill(counts, 0);
      different = 0;
    }
  }

  private int placeOf(long key) {
    int mask = keys.length - 1;
    int at = (int) Hash64.mix(key) & mask;
    while (counts[at] != 0 && keys[at] != key) {
      at = (at + 1) & mask;
    }
    return at;
  }

  private void grow() {
    long[] oldKeys = keys;
    int[] oldCounts = counts;
    keys = new long[Math.multiplyExact(oldKeys.length, 2)];
    counts = new int[keys.length];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldCounts[i] != 0) {
        int at = placeOf(oldKeys[i]);
        keys[at] = oldKeys[i];
        counts[at] = oldCounts[i];
      }
    }
  }
}
