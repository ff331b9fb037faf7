package io.penstock.version;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How long to wait before the next try. Waits are random between nothing and a window that
/// doubles, so that those who collided do not meet again. Thread-safe if its parts are.
final class Backoff {
  private static final long FIRST_WINDOW_MILLIS = 10;
  private static final int LAST_DOUBLING = 9;

  /// After so many lost races a commit no longer waits, and it saves a round trip that others make:
  /// it overtakes those who have just come, so nobody starves while others commit.
  static final int PATIENCE = 6;

  private final RandomGenerator random;
  private final Sleeper sleeper;

  Backoff(RandomGenerator random, Sleeper sleeper) {
    this.random = random;
    this.sleeper = sleeper;
  }

  /// Waits before a request is repeated that failed `before + 1` times.
  ///
  /// @return whether to go on: false, with the flag set again, after an interrupt
  boolean pauseUnlessInterrupted(int before) {
    try {
      pause(before);
      return true;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// Waits before a commit that has lost `losses` races tries again; not at all once it has lost
  /// [#PATIENCE].
  void pauseAfterLoss(int losses) {
    if (losses >= PATIENCE) {
      return;
    }
    try {
      pause(losses);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw Together.interrupted(stopped);
    }
  }

  private void pause(int doublings) throws InterruptedException {
    long window = FIRST_WINDOW_MILLIS << Math.min(doublings, LAST_DOUBLING);
    sleeper.sleep(Duration.ofMillis(random.nextLong(window + 1)));
  }
}
