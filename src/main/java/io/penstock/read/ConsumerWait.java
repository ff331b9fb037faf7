package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;

/// How the consumer of a loader waits: until what it wants is there, or it is clear that nothing
/// will come. Callers hold the loader's lock.
final class ConsumerWait {
  private static final String FOR_A_BATCH = "waiting for a batch";

  private final Pipeline pipeline;
  private final StallClock stall;
  private final LoaderMemory memory;
  private final OpenBatches open;

  /// @param memory of the loader
  /// @param open the batches that the consumer has not closed
  ConsumerWait(Pipeline pipeline, StallClock stall, LoaderMemory memory, OpenBatches open) {
    this.pipeline = pipeline;
    this.stall = stall;
    this.memory = memory;
    this.open = open;
  }

  /// Waits until the next batch is done.
  ///
  /// @return false when the time is over before
  boolean forHead(long atMostNanos) {
    stall.asked();
    if (!headIsDone()) {
      stall.begin(pipeline.cause());
      try {
        if (!stalled(atMostNanos)) {
          return false;
        }
      } finally {
        stall.end();
      }
    }
    checkInterrupt();
    return true;
  }

  private boolean headIsDone() {
    BatchAssembly head = pipeline.head();
    return head != null && head.done;
  }

  private boolean stalled(long atMostNanos) {
    long left = atMostNanos;
    try {
      while (!headIsDone()) {
        checkGoing();
        if (pipeline.starved()) {
          throw starved();
        }
        if (left <= 0) {
          return false;
        }
        left = pipeline.change().awaitNanos(left);
      }
      return true;
    } catch (InterruptedException e) {
      throw interrupted(FOR_A_BATCH, e);
    }
  }

  /// Throws if the thread was interrupted: whoever did that counts on it that nothing is taken any
  /// more, even if the batch is there.
  void checkInterrupt() {
    if (Thread.interrupted()) {
      throw interrupted(FOR_A_BATCH, new InterruptedException());
    }
  }

  /// Waits until batches are passed over.
  ///
  /// @throws PenstockException if they cannot be
  void forSkip(PlanCursor cursor) {
    try {
      while (cursor.skipping()) {
        checkGoing();
        pipeline.change().await();
      }
    } catch (InterruptedException e) {
      throw interrupted("skipping batches", e);
    }
    PenstockException problem = cursor.problem();
    if (problem != null) {
      throw problem;
    }
  }

  private static TransientException interrupted(String doing, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new TransientException(ErrorCode.INTERRUPTED, "interrupted while " + doing, e);
  }

  private RefusedException starved() {
    open.reportLost();
    return new RefusedException(
        ErrorCode.LIMIT_EXCEEDED,
        "all memory that the loader has for batches, of its "
            + memory.budgetBytes()
            + " bytes, lies in "
            + open.count()
            + " batches that were not closed: close batches, make them smaller, or raise the"
            + " memory budget");
  }

  private void checkGoing() {
    checkOpen();
    PenstockException broken = pipeline.broken();
    if (broken != null) {
      throw broken;
    }
  }

  /// Throws if the loader is closed.
  void checkOpen() {
    if (pipeline.closed()) {
      throw new RefusedException(ErrorCode.CLOSED, "the loader is closed");
    }
  }
}
