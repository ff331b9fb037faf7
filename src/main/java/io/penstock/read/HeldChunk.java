package io.penstock.read;

import io.penstock.buffer.Lease;
import io.penstock.error.PenstockException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A decoded chunk in a lease of its own, or one that is on its way there: it serves several
/// takers, now and later, and returns its memory when it is released and all of them have been
/// served. Thread-safe.
final class HeldChunk {
  /// Somebody who takes something from the chunk. Called once, short, does not throw.
  interface Taker {
    /// The chunk's elements, lent for the call.
    void take(MemorySegment decoded);

    /// The chunk could not be read.
    void failed(PenstockException failure);
  }

  private final Lease lease;
  private final List<Taker> waiting = new ArrayList<>();
  private boolean settled;
  private @Nullable PenstockException failure;
  private boolean released;
  private int taking;

  /// @param lease of exactly the decoded bytes; taken over
  HeldChunk(Lease lease) {
    this.lease = lease;
  }

  /// Where the chunk is decoded.
  MemorySegment target() {
    return lease.segment();
  }

  /// Serves a taker: now, in the caller, or when the chunk has arrived.
  void serve(Taker taker) {
    synchronized (this) {
      if (!settled) {
        waiting.add(taker);
        return;
      }
      taking++;
    }
    serveNow(taker);
    served(1);
  }

  /// The chunk has arrived, or has failed.
  void settle(@Nullable PenstockException problem) {
    List<Taker> takers;
    synchronized (this) {
      settled = true;
      failure = problem;
      takers = List.copyOf(waiting);
      waiting.clear();
      taking += takers.size();
    }
    takers.forEach(this::serveNow);
    served(takers.size());
  }

  /// Nobody else will ask for it.
  void release() {
    synchronized (this) {
      released = true;
    }
    served(0);
  }

  private void serveNow(Taker taker) {
    PenstockException problem = failure;
    if (problem == null) {
      taker.take(lease.segment());
    } else {
      taker.failed(problem);
    }
  }

  private void served(int count) {
    boolean last;
    synchronized (this) {
      taking -= count;
      last = released && settled && taking == 0;
    }
    if (last) {
      lease.close();
    }
  }
}
