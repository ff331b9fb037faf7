package io.penstock.bench;

import java.util.Arrays;

/// Numbers that were measured several times.
///
/// @param median of them; of an even number, the mean of the two in the middle
public record Spread(double least, double median, double most) {
  /// Of these.
  ///
  /// @param numbers at least one
  static Spread of(double... numbers) {
    double[] sorted = numbers.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return new Spread(
        sorted[0],
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2,
        sorted[sorted.length - 1]);
  }
}
