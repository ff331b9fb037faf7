package io.penstock.buffer;

import io.penstock.buffer.Slab.Slot;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Slots set apart in a pool. Leases drawn from it never wait and come back to it. Thread-safe.
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

  /// A lease in the smallest free slot that holds so many bytes.
  ///
  /// @throws RefusedException with code `LIMIT_EXCEEDED` if no such slot is free, `CLOSED` after
  ///   close
  public Lease lease(long bytes) {
    return tryLease(bytes)
        .orElseThrow(() ->
            new RefusedException(
                ErrorCode.LIMIT_EXCEEDED,
                "lease of " + bytes + " bytes: no such slot of " + slots + " is free"));
  }

  /// The same, or empty if no such slot is free.
  public Optional<Lease> tryLease(long bytes) {
    Slot slot = take(bytes);
    return slot == null ? Optional.empty() : Optional.of(pool.leaseOf(slot, bytes, this::giveBack));
  }

  private @Nullable Slot take(long bytes) {
    synchronized (free) {
      if (closed) {
        throw new RefusedException(ErrorCode.CLOSED, "the reservation is closed");
      }
      int best = -1;
      for (int i = 0; i < free.size(); i++) {
        long size = free.get(i).bytes();
        if (size >= bytes && (best < 0 || size < free.get(best).bytes())) {
          best = i;
        }
      }
      return best < 0 ? null : free.remove(best);
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
