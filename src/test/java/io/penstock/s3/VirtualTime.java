package io.penstock.s3;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/// A clock that goes from one event to the next. Confined to one thread.
final class VirtualTime implements LongSupplier, Alarm {
  private record Event(long at, long order, Runnable task) {}

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
  private boolean broken;
  private boolean inAlarm;
  private long now;
  private long order;

  @Override
  public long getAsLong() {
    if (broken && inAlarm) {
      broken = false;
      throw new IllegalStateException("the clock is broken");
    }
    return now;
  }

  /// The next task of an alarm cannot read the clock.
  void breakOnce() {
    broken = true;
  }

  @Override
  public void in(Duration delay, Runnable task) {
    after(
        delay.toNanos(),
        () -> {
          inAlarm = true;
          try {
            task.run();
          } finally {
            inAlarm = false;
          }
        });
  }

  void after(long nanos, Runnable task) {
    events.add(new Event(now + nanos, order++, task));
  }

  /// Goes on until the condition holds, or nothing is left to happen.
  void until(BooleanSupplier condition) {
    while (!condition.getAsBoolean() && !events.isEmpty()) {
      Event event = events.remove();
      now = Math.max(now, event.at());
      event.task().run();
    }
  }

  /// Goes on for a time, after which everything that was due has happened.
  void pass(Duration time) {
    long end = now + time.toNanos();
    while (!events.isEmpty() && events.element().at() <= end) {
      Event event = events.remove();
      now = Math.max(now, event.at());
      event.task().run();
    }
    now = end;
  }

  /// Time passes in which nothing can happen, as when a whole process is stopped.
  void skip(Duration time) {
    now += time.toNanos();
  }

  double seconds() {
    return now * 1e-9;
  }
}
