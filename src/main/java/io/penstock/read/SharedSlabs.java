package io.penstock.read;

import io.penstock.buffer.Lease;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// The memory of a batch, for as many as hold it: goes back when the last of them lets go.
/// Thread-safe.
final class SharedSlabs {
  private final List<Lease> slabs;
  private final AtomicInteger holders = new AtomicInteger(1);

  /// @param slabs owned from now on
  SharedSlabs(List<Lease> slabs) {
    this.slabs = slabs;
  }

  Lease get(int index) {
    return slabs.get(index);
  }

  /// One more holds it; called by one who does.
  SharedSlabs retain() {
    holders.incrementAndGet();
    return this;
  }

  /// One lets go.
  void release() {
    if (holders.decrementAndGet() == 0) {
      slabs.forEach(Lease::close);
    }
  }
}
