package io.penstock.read;

import io.penstock.error.PenstockException;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// Plans one batch after the other, so far ahead of those that have memory. Methods belong to the
/// coordinator.
final class PlanAhead {
  private final BatchPlanner planner;
  private final Flights flights;
  private final PlanCursor cursor;
  private final BatchQueue batches;
  private final Reach reach;
  private final ReentrantLock lock;
  private final Condition change;

  /// How far it goes.
  ///
  /// @param endIndex behind the last batch of an epoch
  /// @param batches that are planned beyond those that are open
  record Reach(long endIndex, long batches) {}

  /// @param flights take what is asked for early
  /// @param lock that guards the cursor and the batches
  /// @param change is told when batches were passed over
  PlanAhead(
      BatchPlanner planner,
      Flights flights,
      PlanCursor cursor,
      BatchQueue batches,
      Reach reach,
      ReentrantLock lock,
      Condition change) {
    this.planner = planner;
    this.flights = flights;
    this.cursor = cursor;
    this.batches = batches;
    this.reach = reach;
    this.lock = lock;
    this.change = change;
  }

  /// Whether one more batch may be planned. With the lock held.
  boolean may() {
    return cursor.allowed()
        && !cursor.skipping()
        && batches.planned() < batches.opened() + reach.batches()
        && cursor.going();
  }

  /// The number of the next batch that is planned.
  long planned() {
    return batches.planned();
  }

  /// Plans one more batch, if that may be, or passes over one. Without the lock.
  ///
  /// @param onPlanned takes the batch, with the lock held
  /// @return whether it did
  boolean plan(Consumer<BatchAssembly> onPlanned) {
    long epoch;
    long index;
    boolean skips;
    boolean awaited;
    lock.lock();
    try {
      skips = cursor.skipping() && cursor.going();
      if (!skips && !may()) {
        return false;
      }
      epoch = cursor.epoch();
      index = cursor.index();
      awaited = batches.head() == null;
    } finally {
      lock.unlock();
    }
    if (skips) {
      skip(epoch, index);
    } else {
      plan(epoch, index, awaited, onPlanned);
    }
    return true;
  }

  private void plan(long epoch, long index, boolean awaited, Consumer<BatchAssembly> onPlanned) {
    PlanEvent event = new PlanEvent();
    event.begin();
    long ordinal = batches.planned();
    Optional<BatchAssembly> batch =
        planner.batch(
            epoch,
            index,
            ordinal,
            awaited ? Optional.of(chunks -> flights.askEarly(chunks, ordinal)) : Optional.empty());
    unlessMoved(() -> {
      cursor.planned(batch.map(BatchAssembly::rows));
      batch.ifPresent(planned -> {
        batches.add(planned);
        onPlanned.accept(planned);
        event.commit(planned);
      });
    });
  }

  private void skip(long epoch, long index) {
    try {
      long next = planner.next(epoch, index);
      passed(() -> cursor.skipped(next, reach.endIndex()));
    } catch (PenstockException e) {
      passed(() -> cursor.giveUp(e));
    }
  }

  private void passed(Runnable what) {
    unlessMoved(() -> {
      what.run();
      if (!cursor.skipping()) {
        change.signalAll();
      }
    });
  }

  private void unlessMoved(Runnable what) {
    lock.lock();
    try {
      if (!cursor.moved()) {
        what.run();
      }
    } finally {
      lock.unlock();
    }
  }
}
