package io.penstock.buffer;

import io.penstock.buffer.Slab.Slot;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Equal slots set apart in a pool. Leases drawn from it never wait and come back to it.
/// Thread-safe.
public final class Reservation implements AutoCloseable {
  private final BufferPool pool;
  private final int slots;
  private final List<Slot> free;
  private boolean closed;

  Reservation(BufferPool pool, List<Slot> slots) {
    this.pool = pool;
    this.slots = slots.size();
    this.free = new ArrayList<>(slots);
  }

  /// A lease in a free slot.
  ///
  /// @throws RefusedException with code `LIMIT_EXCEEDED` if no slot is free or slots are smaller,
  ///   `CLOSED` after close
  public Lease lease(long bytes) {
    return tryLease(bytes)
        .orElseThrow(() ->
            new RefusedException(
                ErrorCode.LIMIT_EXCEEDED,
                "lease of " + bytes + " bytes: no such slot of " + slots + " is free"));
  }

  /// The same, or empty if no slot is free or slots are smaller.
  public Optional<Lease> tryLease(long bytes) {
    Slot slot = take(bytes);
    return slot == null ? Optional.empty() : Optional.of(pool.leaseOf(slot, bytes, this::giveBack));
  }

  private @Nullable Slot take(long bytes) {
    synchronized (free) {
      if (closed) {
        throw new RefusedException(ErrorCode.CLOSED, "the reservation is closed");
      }
      boolean fits = !free.isEmpty() && free.getLast().bytes() >= bytes;
      return fits ? free.removeLast() : null;
    }
  }

  private void giveBack(Lease lease) {
    synchronized (free) {
      if (!closed) {
        pool.forget(lease);
        free.add(lease.slot());
        return;
      }
    }
    pool.giveBack(lease);
  }

  /// Gives the slots back to the pool as soon as their leases are closed. Idempotent.
  @Override
  public void close() {
    List<Slot> unused;
    synchronized (free) {
      closed = true;
      unused = List.copyOf(free);
      free.clear();
    }
    pool.free(unused);
  }
}
