package io.penstock.version;

import java.time.Duration;

/// How a commit waits before it tries again. Production sleeps; a simulation yields to others.
@FunctionalInterface
public interface Sleeper {
  /// Waits about this long.
  ///
  /// @throws InterruptedException if the thread was told to stop
  void sleep(Duration duration) throws InterruptedException;
}
