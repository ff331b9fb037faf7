package io.penstock.write;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.store.Upload;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The memory of one writer: standing buffers, leased all at once, which alone suffice to write
/// everything, and whatever more the pool has to spare. Thread-safe.
final class Workspace implements AutoCloseable {
  /*
   * The lease that the standing buffers are carved from is the only wait for the pool, and the writer
   * holds no memory while it waits. Everything above it is taken without waiting. So no writer ever
   * waits for the pool while somebody else waits for what the writer holds. One lease, because an
   * empty pool can always serve it, which is not so for many of different sizes.
   */
  private static final long ALIGNMENT_BYTES = Upload.BLOCK_BYTES;

  private final BufferPool pool;
  private final Monitor monitor;
  private final Lease standing;
  private final Set<Lease> spare = Collections.newSetFromMap(new IdentityHashMap<>());
  private long carvedBytes;

  private Workspace(BufferPool pool, Monitor monitor, Lease standing) {
    this.pool = pool;
    this.monitor = monitor;
    this.standing = standing;
  }

  /// What one stock keeps standing.
  ///
  /// @param bytes of a buffer
  /// @param count of standing buffers, 1 or more
  /// @param spareBytes of the buffers that the pool can spare, at least `bytes`
  record Need(long bytes, int count, long spareBytes) {
    static Need of(long bytes, int count) {
      return new Need(bytes, count, bytes);
    }

    private long strideBytes() {
      return Math.ceilDiv(bytes, ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    }

    private long standingBytes() {
      return Math.multiplyExact(strideBytes(), count);
    }
  }

  /// Leases what all these stocks need. Waits for the pool; holds nothing meanwhile.
  ///
  /// @throws RefusedException with code `LIMIT_EXCEEDED` and the minimum, if the pool's budget is
  ///   less
  static Workspace reserve(BufferPool pool, Monitor monitor, List<Need> needs) {
    long bytes = 0;
    for (Need need : needs) {
      bytes = Math.addExact(bytes, need.standingBytes());
    }
    long slot = BufferPool.slotBytes(bytes);
    if (slot > pool.budgetBytes()) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          "writing these tensors needs at least "
              + slot
              + " bytes of memory, the budget is "
              + pool.budgetBytes()
              + "; raise the budget, or lower the bytes of a shard or of a chunk");
    }
    return new Workspace(pool, monitor, pool.lease(bytes));
  }

  /// The buffers for one of the needs that were reserved; once for each.
  Stock stock(Need need) {
    List<MemorySegment> buffers = new ArrayList<>();
    for (int i = 0; i < need.count; i++) {
      buffers.add(standing.segment().asSlice(carvedBytes, need.bytes));
      carvedBytes += need.strideBytes();
    }
    return new Stock(need.spareBytes, buffers);
  }

  /// Gives all memory back, whatever became of it. No thread may use any of it any more.
  @Override
  public void close() {
    monitor.update(() -> {
      spare.forEach(Lease::close);
      spare.clear();
      standing.close();
    });
  }

  /// Memory for one purpose, with one owner, who releases it.
  interface Buffer {
    /// The memory, valid until released.
    MemorySegment segment();

    /// Gives it back, once.
    void release();
  }

  /// Buffers of one purpose.
  final class Stock {
    private final long spareBytes;
    private final ArrayDeque<MemorySegment> free;

    private Stock(long spareBytes, List<MemorySegment> standing) {
      this.spareBytes = spareBytes;
      this.free = new ArrayDeque<>(standing);
    }

    /// A buffer, if there is one now. The caller holds the monitor.
    Optional<Buffer> tryTake() {
      return tryTake(spareBytes);
    }

    /// A buffer of at least `bytes`, no more than the standing ones have, if there is one now. The
    /// caller holds the monitor.
    Optional<Buffer> tryTake(long bytes) {
      MemorySegment buffer = free.poll();
      if (buffer != null) {
        return Optional.of(new StandingBuffer(this, buffer));
      }
      Optional<Lease> lease = pool.tryLease(bytes);
      lease.ifPresent(spare::add);
      return lease.map(SpareBuffer::new);
    }

    /// A buffer; waits until the writer itself, or the pool when it looks again, has one.
    Buffer take() {
      return monitor.await(this::tryTake);
    }
  }

  private final class StandingBuffer implements Buffer {
    private final Stock home;
    private final MemorySegment segment;

    StandingBuffer(Stock home, MemorySegment segment) {
      this.home = home;
      this.segment = segment;
    }

    @Override
    public MemorySegment segment() {
      return segment;
    }

    @Override
    public void release() {
      monitor.update(() -> home.free.push(segment));
    }
  }

  private final class SpareBuffer implements Buffer {
    private final Lease lease;

    SpareBuffer(Lease lease) {
      this.lease = lease;
    }

    @Override
    public MemorySegment segment() {
      return lease.segment();
    }

    @Override
    public void release() {
      monitor.update(() -> {
        spare.remove(lease);
        lease.close();
      });
    }
  }
}
