package io.penstock.s3;

import java.time.Duration;

/// How many requests may be sent beside one that is slow. Confined to whoever holds the line's
/// lock.
final class HedgeBudget {
  // Twenty successes pay for one: at most 4.8 % of all requests. Whether they help is watched: when
  // hedges do not come first, the one that they were to overtake was not slow by bad luck, and more
  // load helps nobody; then there are none for a while, and then a few on trial.
  private static final double A_SUCCESS = 0.05;

  /// As many may be sent at once.
  static final double MOST = 10;

  private static final double AT_FIRST = 2;
  private static final double NEWEST = 0.1;
  private static final double TOO_FEW_WINS = 0.2;
  private static final double ON_TRIAL = 0.3;
  private static final Duration OFF = Duration.ofSeconds(10);

  private final double most;
  private double tokens;
  private double wins = 1;
  private boolean off;
  private long offUntil;

  HedgeBudget() {
    this(MOST);
  }

  /// @param most how many may be sent at once; 0: none is ever sent
  HedgeBudget(double most) {
    this.most = most;
    this.tokens = Math.min(most, AT_FIRST);
  }

  /// A request has succeeded.
  void succeeded() {
    tokens = Math.min(most, tokens + A_SUCCESS);
  }

  /// Whether there may be a request now that helps another one.
  boolean affords(long now) {
    if (off && now - offUntil >= 0) {
      off = false;
      wins = ON_TRIAL;
    }
    return !off && tokens >= 1;
  }

  /// Pays for such a request.
  void spend() {
    tokens--;
  }

  /// Takes back what was paid for a request that is not sent after all.
  void giveBack() {
    tokens = Math.min(most, tokens + 1);
  }

  /// A hedge is decided.
  ///
  /// @param won whether it answered before the request that it was to overtake
  void decided(boolean won, long now) {
    wins += NEWEST * ((won ? 1 : 0) - wins);
    if (wins < TOO_FEW_WINS && !off) {
      off = true;
      offUntil = now + OFF.toNanos();
    }
  }
}
