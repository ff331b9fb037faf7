package io.penstock.s3;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/// How many requests a second are sent to the prefixes that the service asked to spare. Object
/// stores limit requests by prefix; here that is a key up to its last `/`. Confined to whoever
/// holds the line's lock.
final class PrefixLimits {
  // A prefix has a limit, half of the rate at which requests succeeded, from the first time that
  // the service complains until requests succeed at
  // the rate that it complained about. Complaints about requests that left before the limit was
  // last lowered tell nothing new.
  private static final double LEAST_PER_SECOND = 2;
  private static final double LOWER = 0.5;
  private static final double RAISE = 2;
  private static final double RAISE_SLOWLY = 1.1;
  private static final Duration BETWEEN_RAISES = Duration.ofMillis(500);
  // An eighth of a second's requests at once, so that a limit does not cost a wake-up for each.
  private static final double BURST_SECONDS = 0.125;
  private static final Duration FORGOTTEN = Duration.ofSeconds(60);

  private static final long SECOND = 1_000_000_000;

  private final Map<String, Limit> limits = new HashMap<>();
  private long second;
  private int succeededInSecond;
  private int succeededBefore;

  /// Whether no prefix has a limit.
  boolean none() {
    return limits.isEmpty();
  }

  private static String prefix(String key) {
    return key.substring(0, key.lastIndexOf('/') + 1);
  }

  /// Takes the turn of a request, or returns false: not now.
  boolean take(String key, long now) {
    if (limits.isEmpty()) {
      return true;
    }
    Limit limit = limits.get(prefix(key));
    return limit == null || limit.take(now);
  }

  /// The service complained about a request that left at `sentAt`.
  void throttled(String key, long sentAt, long now) {
    count(now, 0);
    Limit limit = limits.get(prefix(key));
    if (limit == null) {
      // What all prefixes got is at least what this one got.
      double rate = Math.max(succeededBefore, succeededInSecond);
      limits.put(prefix(key), new Limit(Math.max(LEAST_PER_SECOND, rate), now));
    } else if (sentAt - limit.lowered >= 0) {
      limit.lower(now);
    } else {
      limit.complained = now;
    }
  }

  /// A request succeeded that left at `sentAt`.
  void succeeded(String key, long sentAt, long now) {
    count(now, 1);
    if (!limits.isEmpty()) {
      Limit limit = limits.get(prefix(key));
      if (limit != null && sentAt - limit.lowered >= 0 && limit.raise(now)) {
        limits.remove(prefix(key));
      }
    }
  }

  private void count(long now, int more) {
    if (now - second >= SECOND) {
      succeededBefore = now - second >= 2 * SECOND ? 0 : succeededInSecond;
      succeededInSecond = 0;
      second = now;
    }
    succeededInSecond += more;
  }

  /// Forgets limits of prefixes that nobody has asked for or complained about for long.
  void forgetUnused(long now) {
    for (Iterator<Limit> each = limits.values().iterator(); each.hasNext(); ) {
      Limit limit = each.next();
      if (now - Math.max(limit.complained, limit.filled) >= FORGOTTEN.toNanos()) {
        each.remove();
      }
    }
  }

  private static final class Limit {
    private final double before;
    private double perSecond;
    private double turns;
    private long filled;
    private long lowered;
    private long raised;
    private long complained;

    Limit(double before, long now) {
      this.before = before;
      this.perSecond = before;
      this.filled = now;
      lower(now);
    }

    boolean take(long now) {
      double most = Math.max(1, perSecond * BURST_SECONDS);
      turns = Math.min(most, turns + (now - filled) * 1e-9 * perSecond);
      filled = now;
      if (turns < 1) {
        return false;
      }
      turns--;
      return true;
    }

    void lower(long now) {
      perSecond = Math.max(LEAST_PER_SECOND, perSecond * LOWER);
      turns = Math.min(turns, 1);
      lowered = now;
      raised = now;
      complained = now;
    }

    /// Returns whether the limit is needed no longer.
    boolean raise(long now) {
      if (now - raised < BETWEEN_RAISES.toNanos()) {
        return false;
      }
      perSecond *= perSecond < before * LOWER ? RAISE : RAISE_SLOWLY;
      raised = now;
      return perSecond > before;
    }
  }
}
