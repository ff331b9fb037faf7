package io.penstock.testing;

/// The few statistics that the tests of orders need.
public final class Statistics {
  private Statistics() {}

  /// Correlation of each number with the one before.
  public static double lagOneCorrelation(double[] numbers) {
    double mean = 0;
    for (double number : numbers) {
      mean += number / numbers.length;
    }
    double products = 0;
    double squares = 0;
    for (int i = 0; i < numbers.length; i++) {
      squares += (numbers[i] - mean) * (numbers[i] - mean);
      products += i == 0 ? 0 : (numbers[i] - mean) * (numbers[i - 1] - mean);
    }
    return products / squares;
  }

  /// How many standard deviations counts that should be equal are from it, by χ².
  public static double evenness(long[] counts) {
    double expected = 0;
    for (long count : counts) {
      expected += (double) count / counts.length;
    }
    double chiSquare = 0;
    for (long count : counts) {
      chiSquare += (count - expected) * (count - expected) / expected;
    }
    return deviation(chiSquare, counts.length - 1);
  }

  /// A χ² as a standard normal deviation (Wilson and Hilferty's cube root).
  public static double deviation(double chiSquare, int degrees) {
    double variance = 2.0 / (9 * degrees);
    return (Math.cbrt(chiSquare / degrees) - (1 - variance)) / Math.sqrt(variance);
  }
}
