package io.penstock.s3;

import java.time.Duration;

/// Runs something once, later. A real one has a thread; that of a simulation has none.
@FunctionalInterface
interface Alarm {
  /// Runs the task after so long, if this is not stopped before. Never runs it in the caller.
  void in(Duration delay, Runnable task);
}
