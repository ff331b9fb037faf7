package io.penstock.buffer;

import java.lang.foreign.MemorySegment;

/// A part of a slab with exactly one owner, who closes it. Passing a lease passes ownership. May be
/// used and closed by any thread, one at a time.
public final class Lease implements AutoCloseable {
  Lease() {}

  /// The memory, valid until closed. Throws after close.
  public MemorySegment segment() {
    throw new UnsupportedOperationException("buffer room");
  }

  /// Returns the slot to where it came from: the pool, or the reservation. Idempotent.
  @Override
  public void close() {
    throw new UnsupportedOperationException("buffer room");
  }
}
