package io.penstock.s3;

import io.penstock.store.StoreCounts;

/// What a line has done besides sending each request once. Confined to whoever holds the line's
/// lock.
final class LineTally {
  private long repeated;
  private long throttled;
  private long stalled;
  private long hedged;
  private long hedgesWon;
  private long stolen;

  void repeated(int requests) {
    repeated += requests;
  }

  void throttled() {
    throttled++;
  }

  void stalled() {
    stalled++;
  }

  void hedged() {
    hedged++;
  }

  void hedgeDecided(boolean won) {
    hedgesWon += won ? 1 : 0;
  }

  void stole() {
    stolen++;
  }

  /// All of it.
  ///
  /// @param level how many requests may travel at once, now
  StoreCounts counts(int level) {
    return new StoreCounts(
        repeated, throttled, new StoreCounts.Reads(stalled, hedged, hedgesWon, stolen, level));
  }
}
