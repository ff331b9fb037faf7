package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.Hash64;

/// A share of a dataset's samples, chosen by a hash of the sample id: a sample that belongs to it
/// belongs to it for ever, whatever is appended or deleted. Shares of one seed that do not overlap
/// have no sample in common: `percent(0, 90)` to train and `percent(90, 100)` to validate. The hash
/// is that of `format-spec/order-v1.md` §10.
///
/// @param fromPercent where the share begins, 0 to 100
/// @param toPercent where it ends, exclusive; from `fromPercent` to 100
/// @param seed of the hash; another one splits in another way
public record Split(double fromPercent, double toPercent, long seed) {
  /// Checks the bounds.
  public Split {
    if (!(0 <= fromPercent && fromPercent <= toPercent && toPercent <= 100)) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "a split from "
              + fromPercent
              + " % to "
              + toPercent
              + " % is none: 0 ≤ from ≤ to ≤ 100 is needed");
    }
  }

  /// The share between two percentages, by the hash of seed 0.
  public static Split percent(double from, double to) {
    return new Split(from, to, 0);
  }

  /// The same share by another hash.
  public Split withSeed(long newSeed) {
    return new Split(fromPercent, toPercent, newSeed);
  }

  /// Whether a sample belongs to it.
  public boolean contains(long sampleId) {
    long key = OrderKeys.of(seed, 0).ofSeed(OrderKeys.SPLIT);
    long place = Hash64.numbered(key, sampleId) >>> 11;
    return place >= threshold(fromPercent) && place < threshold(toPercent);
  }

  /// A percentage on the scale of 53 bits.
  private static long threshold(double percent) {
    return (long) (percent / 100 * 0x1p53);
  }

  /// The share in words, such as `split 0 % to 90 %`.
  @Override
  public String toString() {
    return "split "
        + percent(fromPercent)
        + " % to "
        + percent(toPercent)
        + " %"
        + (seed == 0 ? "" : " of seed " + seed);
  }

  private static String percent(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
