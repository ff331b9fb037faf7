package io.penstock.read;

import java.util.Random;

/// Runs of a test with random numbers: other ones each time, each of which can be had again by the
/// seed that a failure names, as `-Dpenstock.seed=N`.
final class Seeds {
  private Seeds() {}

  /// One run.
  @FunctionalInterface
  interface Run {
    void with(Random random, long seed);
  }

  /// Runs with some seeds in a row.
  ///
  /// @param test named in failures
  static void each(Class<?> test, int count, Run run) {
    long first = Long.getLong("penstock.seed", new Random().nextLong());
    for (int i = 0; i < count; i++) {
      long seed = first + i;
      try {
        run.with(new Random(seed), seed);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(test.getSimpleName() + " seed " + seed, e);
      }
    }
  }
}
