package io.penstock.buffer;

/// Slots set apart in a pool. Leases drawn from it never wait and come back to it. Thread-safe.
public final class Reservation implements AutoCloseable {
  Reservation() {}

  /// A lease of at most the reserved size; refuses when all reserved slots are out.
  public Lease lease(long bytes) {
    throw new UnsupportedOperationException("buffer room");
  }

  /// Gives the slots back to the pool as soon as their leases are closed. Idempotent.
  @Override
  public void close() {
    throw new UnsupportedOperationException("buffer room");
  }
}
