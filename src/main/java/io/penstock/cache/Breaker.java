package io.penstock.cache;

import java.util.concurrent.atomic.AtomicInteger;

/// Counts failures in a row of one kind of work, and says when there were so many that it is not
/// worth another try. Thread-safe.
final class Breaker {
  private static final int MOST_IN_A_ROW = 16;

  private final AtomicInteger inARow = new AtomicInteger();

  /// Notes a failure; returns how many there were in a row.
  int failed() {
    return inARow.incrementAndGet();
  }

  /// Notes a success.
  void worked() {
    if (inARow.get() != 0 && !broken()) {
      inARow.set(0);
    }
  }

  /// Whether to leave it.
  boolean broken() {
    return inARow.get() >= MOST_IN_A_ROW;
  }

  /// Whether this many in a row are the first too many.
  static boolean breaksAt(int inARow) {
    return inARow == MOST_IN_A_ROW;
  }
}
