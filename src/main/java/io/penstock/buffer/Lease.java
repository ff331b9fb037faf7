package io.penstock.buffer;

import io.penstock.buffer.Slab.Slot;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A part of a slab with exactly one owner, who closes it. Passing a lease passes ownership. May be
/// used and closed by any thread, one at a time.
public final class Lease implements AutoCloseable {
  private final Slot slot;
  private final Consumer<Lease> home;
  private final @Nullable LeaseCheck check;
  private final AtomicReference<@Nullable MemorySegment> segment;

  Lease(Slot slot, long bytes, Consumer<Lease> home, boolean checked) {
    this.slot = slot;
    this.home = home;
    this.check = checked ? new LeaseCheck(slot.memory(), bytes) : null;
    this.segment =
        new AtomicReference<>(check == null ? slot.memory().asSlice(0, bytes) : check.segment());
  }

  /// The memory, valid until closed; 256-byte aligned.
  ///
  /// @throws IllegalStateException after close
  public MemorySegment segment() {
    MemorySegment memory = segment.get();
    if (memory == null) {
      throw new IllegalStateException("the lease is closed");
    }
    return memory;
  }

  /// Returns the slot to where it came from: the pool, or the reservation. Idempotent.
  ///
  /// @throws IllegalStateException in checked mode, when somebody wrote behind the segment, or a
  ///   transfer still uses it
  @Override
  public void close() {
    if (segment.getAndSet(null) == null) {
      return;
    }
    try {
      if (check != null) {
        check.close();
      }
    } finally {
      home.accept(this);
    }
  }

  Slot slot() {
    return slot;
  }

  /// Where it was taken, if the pool is in checked mode.
  @Nullable Throwable site() {
    return check == null ? null : check.site();
  }
}
