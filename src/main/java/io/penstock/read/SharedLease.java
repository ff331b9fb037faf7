package io.penstock.read;

import io.penstock.buffer.Lease;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// The memory of a batch, for as many as hold it: goes back when the last of them lets go.
/// Thread-safe.
final class SharedLease {
  private final Optional<Lease> lease;
  private final Runnable onRelease;
  private final AtomicInteger holders = new AtomicInteger(1);

  /// @param lease owned from now on
  /// @param onRelease called once, short, when the memory is back
  SharedLease(Optional<Lease> lease, Runnable onRelease) {
    this.lease = lease;
    this.onRelease = onRelease;
  }

  /// One more holds it; called by one who does.
  SharedLease retain() {
    holders.incrementAndGet();
    return this;
  }

  /// One lets go.
  void release() {
    if (holders.decrementAndGet() == 0) {
      lease.ifPresent(Lease::close);
      onRelease.run();
    }
  }
}
