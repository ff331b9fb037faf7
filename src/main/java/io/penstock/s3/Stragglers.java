package io.penstock.s3;

import java.util.List;
import java.util.OptionalLong;

/// Which exchanges are slow beyond what is usual, and whether helping them can be afforded.
/// Confined to whoever holds the line's lock.
final class Stragglers {
  // When first bytes take three times as long as in the best of times, the whole service is slow,
  // and more requests do not make it faster. What was best is forgotten: it doubles in ten minutes.
  private static final double SLOW_SERVICE = 3;
  private static final long BEST_DOUBLES_NANOS = 600_000_000_000L;

  // When more requests than these wait too long or come slowly at once, it is not bad luck but a
  // slow service.
  private static final int FEW = 2;
  private static final double FEW_SHARE = 0.1;

  private final LatencyTrack latencies = new LatencyTrack();
  private final HedgeBudget budget;
  private double bestNanos = Double.MAX_VALUE;
  private long bestAt;

  Stragglers(HedgeBudget budget) {
    this.budget = budget;
  }

  /// An answer has begun.
  void began(LineExchange exchange, long now) {
    latencies.began(exchange.rangeBytes(), now - exchange.sentAt());
  }

  /// Of two exchanges for the same bytes one has answered, and the other is given up.
  void decided(LineExchange winner, LineExchange loser, long now) {
    budget.decided(winner.isHedge(), now);
    latencies.began(loser.rangeBytes(), now - loser.sentAt());
  }

  /// A body is over.
  void came(LineExchange exchange) {
    latencies.came(exchange.received(), exchange.nanosInBody());
  }

  /// A request has succeeded.
  void succeeded() {
    budget.succeeded();
  }

  /// Whether an exchange waits for its answer longer than is usual.
  boolean isLate(LineExchange exchange) {
    OptionalLong delay = latencies.hedgeDelayNanos(exchange.rangeBytes());
    return delay.isPresent() && exchange.quietNanos() >= delay.getAsLong();
  }

  /// Whether those that are late or slow are so few of all that left since that it is bad luck, and
  /// help helps. Not of all that are under way: at the end of a batch these are the slow ones.
  ///
  /// @param slow in the order in which they left
  /// @param sent how many have left by now
  static boolean areFew(List<LineExchange> slow, long sent) {
    return slow.size() <= FEW || slow.size() <= (sent - slow.getFirst().number()) * FEW_SHARE;
  }

  /// Whether a request may be sent now that helps another one.
  boolean affordHelp(long now) {
    return !isServiceSlow(now) && budget.affords(now);
  }

  private boolean isServiceSlow(long now) {
    OptionalLong usual = latencies.usualFirstByteNanos();
    if (usual.isEmpty()) {
      return false;
    }
    double forgotten = Math.pow(2, (double) (now - bestAt) / BEST_DOUBLES_NANOS);
    bestNanos = Math.min(bestNanos * forgotten, (double) usual.getAsLong());
    bestAt = now;
    return usual.getAsLong() > SLOW_SERVICE * bestNanos;
  }

  /// A request that helps another one is sent, or will be.
  void helped() {
    budget.spend();
  }

  /// It will not be.
  void notHelped() {
    budget.giveBack();
  }

  /// Where a body that comes slowly should end, so that another request can bring the rest.
  OptionalLong earlierEnd(LineExchange exchange) {
    OptionalLong first = latencies.usualFirstByteNanos();
    OptionalLong speed = latencies.usualBytesPerSecond();
    return first.isEmpty() || speed.isEmpty()
        ? OptionalLong.empty()
        : TailSteal.end(
            exchange.end(),
            exchange.received(),
            exchange.nanosInBody(),
            first.getAsLong(),
            speed.getAsLong());
  }
}
