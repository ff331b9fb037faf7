package io.penstock.read;

import io.penstock.load.LoaderStats;
import java.time.Duration;
import java.util.function.LongSupplier;

/// How long the consumer of a loader has waited, and for what. Guarded by the loader's lock. Looks
/// at the clock only while the consumer waits, and when it begins.
final class StallClock {
  /// What the consumer waits for.
  enum Cause {
    NETWORK,
    DECODE,
    MEMORY
  }

  private final LongSupplier nanoTime;
  private long networkNanos;
  private long decodeNanos;
  private long memoryNanos;
  private boolean begun;
  private long firstAsked;
  private boolean waiting;
  private long since;
  private Cause cause = Cause.NETWORK;

  StallClock(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /// The consumer asks for a batch.
  void asked() {
    if (!begun) {
      begun = true;
      firstAsked = nanoTime.getAsLong();
    }
  }

  /// Whether the consumer waits: only then it matters what is in the way.
  boolean waiting() {
    return waiting;
  }

  /// The consumer begins to wait.
  void begin(Cause first) {
    waiting = true;
    since = nanoTime.getAsLong();
    cause = first;
  }

  /// What the consumer waits for may have changed.
  void change(Cause next) {
    if (waiting && next != cause) {
      settle();
      cause = next;
    }
  }

  /// The consumer waits no more.
  void end() {
    if (waiting) {
      settle();
      waiting = false;
    }
  }

  private void settle() {
    long now = nanoTime.getAsLong();
    long nanos = now - since;
    since = now;
    switch (cause) {
      case NETWORK -> networkNanos += nanos;
      case DECODE -> decodeNanos += nanos;
      case MEMORY -> memoryNanos += nanos;
    }
  }

  /// Since the first batch was asked for.
  Duration elapsed() {
    return begun ? Duration.ofNanos(nanoTime.getAsLong() - firstAsked) : Duration.ZERO;
  }

  /// How long the consumer has waited, with what it waits now.
  LoaderStats.Waits waits() {
    if (waiting) {
      settle();
    }
    return new LoaderStats.Waits(
        Duration.ofNanos(networkNanos),
        Duration.ofNanos(decodeNanos),
        Duration.ofNanos(memoryNanos));
  }
}
