package io.penstock.buffer;

/// A budget of native memory, handed out in leases.
///
/// Slots are carved from a few long-lived slabs; no arena is opened or closed for a lease. The bytes
/// that the pool holds from the operating system, used or free, never exceed the budget. Waiting
/// leases are served first in, first out. Thread-safe.
public final class BufferPool implements AutoCloseable {
  private BufferPool() {}

  /// A pool over plain native memory.
  ///
  /// @param budgetBytes the most it ever holds
  public static BufferPool create(long budgetBytes) {
    throw new UnsupportedOperationException("buffer room");
  }

  /// Waits until the budget allows it and returns a lease of at least `bytes`, whose segment is
  /// exactly `bytes` long and 256-byte aligned. Refuses more than the budget at once. Contents are
  /// undefined (poisoned in checked mode). An interrupt ends the wait with code `INTERRUPTED`.
  public Lease lease(long bytes) {
    throw new UnsupportedOperationException("buffer room");
  }

  /// The same without waiting: empty if it would have to wait.
  public java.util.Optional<Lease> tryLease(long bytes) {
    throw new UnsupportedOperationException("buffer room");
  }

  /// Sets apart slots that leases of this reservation get without ever waiting. Waits for them.
  ///
  /// @param leaseBytes the largest lease that will be drawn
  /// @param leases how many at once
  public Reservation reserve(long leaseBytes, int leases) {
    throw new UnsupportedOperationException("buffer room");
  }

  /// The most bytes this pool ever holds.
  public long budgetBytes() {
    throw new UnsupportedOperationException("buffer room");
  }

  /// Bytes of slots that are leased or reserved now.
  public long usedBytes() {
    throw new UnsupportedOperationException("buffer room");
  }

  /// The most bytes that were ever leased or reserved at once.
  public long peakBytes() {
    throw new UnsupportedOperationException("buffer room");
  }

  /// Returns the memory; leases that are still out are reported with where they were taken (in
  /// checked mode) and stay valid until closed.
  @Override
  public void close() {
    throw new UnsupportedOperationException("buffer room");
  }
}
