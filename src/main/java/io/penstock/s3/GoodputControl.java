package io.penstock.s3;

import java.time.Duration;

/// How many requests travel at once, found out by what more of them bring. Confined to whoever
/// holds the line's lock.
final class GoodputControl {
  // The bytes that arrive are added up over windows. A window counts only if the level was really
  // reached in it: otherwise it tells how much was asked for, not how much the service gives.
  //
  // GROWING   the level doubles after each window as long as the bytes grow by a tenth; then it is
  //           set to where the last rate would have been reached had every request kept its speed.
  // PROBING   a window a little above the level and one a little below it, in turn. Requests that
  //           bring bytes in proportion are worth having, those that bring none are not; so the
  //           level stays at the knee between the two. Three rises in a row: GROWING again.
  // SHEDDING  the service said that it is too much. The level is cut at once, and again after each
  //           window in which that was said again; then GROWING, up to just below where it was.

  /// How long bytes are added up before the level changes. Ten or so round trips to an object
  /// store, so that the ramp after a change weighs little.
  static final Duration WINDOW = Duration.ofMillis(500);

  /// Fewer are never useful: each request waits 20 to 60 ms for its first byte.
  static final int FLOOR = 4;

  /// The level before anything is known; half of what fills 10 Gbit/s.
  static final int FIRST = 16;

  /// The most requests that are sent before the first answer.
  static final int MOST_AT_FIRST = 128;

  private static final double WORTH_DOUBLING = 1.10;
  private static final double STEP = 0.02;
  private static final double SHED = 0.7;
  private static final double NEARLY = 0.95;
  private static final double ENOUGH_SAMPLES = 0.8;
  private static final int RISES_TO_GROW = 3;

  // At the ceiling only mistakes of the measurement lead away from where more would still be worth
  // having: there one window that brought less by chance is not enough.
  private static final int SINKS_FROM_CEILING = 3;

  // Between 0, more requests bring nothing, and 1, they bring bytes in proportion.
  private static final double WORTH_RISING = 0.6;
  private static final double WORTH_SINKING = 0.3;

  enum State {
    GROWING,
    PROBING,
    SHEDDING
  }

  private final int ceiling;
  private State state = State.GROWING;
  private int level;
  private boolean answered;

  private long windowStart;
  private long windowBytes;
  private int samples;
  private int samplesAtLevel;
  private boolean throttledInWindow;
  private boolean measured;
  private long cutAt;

  private double lastRate;
  private int lastLevel;
  private int growUpTo;
  private int base;
  private boolean above;
  private double rateAbove;
  private double worth;
  private int rises;
  private int sinks;

  /// @param ceiling the most requests at once, 1 or more
  /// @param now by the line's clock, in nanoseconds
  GoodputControl(int ceiling, long now) {
    this.ceiling = ceiling;
    this.growUpTo = ceiling;
    this.level = within(FIRST);
    this.windowStart = now;
  }

  /// How many requests may travel at once.
  int level() {
    return level;
  }

  State state() {
    return state;
  }

  /// So many reads were asked for before the first answer: the first batch is sent at once.
  void asked(long reads) {
    if (!answered && state == State.GROWING) {
      level = within(Math.clamp(reads, FIRST, MOST_AT_FIRST));
    }
  }

  /// An answer has come.
  void answered() {
    answered = true;
  }

  /// What happened since the last call; ends the window when it is long enough.
  ///
  /// @param bytes that arrived
  /// @param atLevel whether as many requests travelled as may
  void sample(long now, long bytes, boolean atLevel) {
    windowBytes += bytes;
    samples++;
    samplesAtLevel += atLevel ? 1 : 0;
    long elapsed = now - windowStart;
    if (elapsed >= WINDOW.toNanos()) {
      boolean counts = samplesAtLevel >= samples * ENOUGH_SAMPLES && windowBytes > 0;
      measured |= counts;
      endWindow(windowBytes * 1e9 / elapsed, counts, now);
      startWindow(now);
    }
  }

  /// Nothing has travelled for a while: what was added up tells nothing.
  void idle(long now) {
    startWindow(now);
  }

  private void startWindow(long now) {
    windowStart = now;
    windowBytes = 0;
    samples = 0;
    samplesAtLevel = 0;
    throttledInWindow = false;
  }

  private void endWindow(double rate, boolean counts, long now) {
    switch (state) {
      case GROWING -> {
        if (counts) {
          grow(rate);
        }
      }
      case PROBING -> {
        if (counts) {
          probe(rate);
        }
      }
      case SHEDDING -> {
        if (throttledInWindow) {
          cut(now);
        } else {
          startGrowing();
        }
      }
    }
  }

  private void startGrowing() {
    state = State.GROWING;
    lastRate = 0;
    lastLevel = level;
  }

  private void grow(double rate) {
    boolean worthIt = rate >= lastRate * WORTH_DOUBLING;
    if (worthIt && level < growUpTo) {
      lastRate = rate;
      lastLevel = level;
      level = Math.min(growUpTo, within(2 * level));
      return;
    }
    if (!worthIt) {
      double needed = Math.ceil(lastLevel * Math.max(1, rate / lastRate));
      level = within((int) Math.min(level, needed));
    }
    growUpTo = ceiling;
    startProbing(level);
  }

  private void startProbing(int from) {
    state = State.PROBING;
    base = from;
    worth = (WORTH_RISING + WORTH_SINKING) / 2;
    rises = 0;
    sinks = 0;
    probeAbove();
  }

  private void probeAbove() {
    above = true;
    level = within(base + step());
  }

  private int step() {
    return Math.max(1, (int) Math.round(base * STEP));
  }

  private void probe(double rate) {
    if (above) {
      rateAbove = rate;
      above = false;
      level = within(base - step());
      return;
    }
    double more = (double) (within(base + step()) - level) / level;
    if (more > 0) {
      worth = (worth + Math.clamp((rateAbove / rate - 1) / more, -1, 2)) / 2;
    }
    if (worth > WORTH_RISING) {
      base = within(base + step());
      rises++;
      sinks = 0;
    } else {
      sinks = worth < WORTH_SINKING ? sinks + 1 : 0;
      if (sinks >= (base == ceiling ? SINKS_FROM_CEILING : 1)) {
        base = within(base - step());
        sinks = 0;
      }
      rises = 0;
    }
    if (rises == RISES_TO_GROW && base < ceiling) {
      level = base;
      startGrowing();
    } else {
      probeAbove();
    }
  }

  /// The service asked for fewer requests. Of requests that left before the last cut, this is
  /// nothing new.
  ///
  /// @param sentAt when the request left that it says so about
  void throttled(long sentAt, long now) {
    if (state == State.SHEDDING) {
      throttledInWindow |= sentAt - cutAt >= 0;
      return;
    }
    if (measured) {
      growUpTo = within((int) (level * NEARLY));
    }
    measured = false;
    state = State.SHEDDING;
    cut(now);
    startWindow(now);
  }

  private void cut(long now) {
    level = within((int) (level * SHED));
    cutAt = now;
  }

  private int within(int wanted) {
    return Math.min(ceiling, Math.max(FLOOR, wanted));
  }
}
