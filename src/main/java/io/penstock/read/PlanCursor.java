package io.penstock.read;

import io.penstock.error.PenstockException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where the next batch is planned, how far planning may go, and whether it still goes there.
/// Guarded by the loader's lock.
final class PlanCursor {
  private long epoch;
  private long index;
  private long endEpoch;
  private long toSkip;
  private boolean moved;
  private boolean closed;
  private @Nullable PenstockException problem;

  long epoch() {
    return epoch;
  }

  long index() {
    return index;
  }

  /// Lets batches of epochs before this one be planned.
  ///
  /// @return whether that is news
  boolean allow(long epochs) {
    boolean more = epochs > endEpoch;
    endEpoch = Math.max(endEpoch, epochs);
    return more;
  }

  /// Whether the next batch may be planned, as far as epochs go.
  boolean allowed() {
    return epoch < endEpoch;
  }

  /// Goes to another batch; nothing behind it is allowed.
  void moveTo(long newEpoch, long newIndex) {
    epoch = newEpoch;
    index = newIndex;
    endEpoch = newEpoch;
    toSkip = 0;
    problem = null;
    moved = true;
  }

  /// Whether it went elsewhere, and what was planned for the old place is still around.
  boolean moved() {
    return moved;
  }

  /// Nothing of the old place is around any more.
  void settled() {
    moved = false;
  }

  /// Nothing is planned any more.
  void close() {
    closed = true;
  }

  boolean closed() {
    return closed;
  }

  /// Whether what is being done is still wanted.
  boolean going() {
    return !moved && !closed;
  }

  /// The batch here was planned; none means the end of the epoch.
  void planned(Optional<BatchRows> batch) {
    epoch += batch.isPresent() ? 0 : 1;
    index = batch.map(BatchRows::next).orElse(0L);
  }

  /// Some batches are to be passed over.
  void skip(long batches) {
    toSkip = batches;
  }

  boolean skipping() {
    return toSkip > 0;
  }

  /// One batch was passed over.
  ///
  /// @param next index of the batch behind it
  /// @param end index behind the last one of the epoch
  void skipped(long next, long end) {
    epoch += next < end ? 0 : 1;
    index = next < end ? next : 0;
    toSkip--;
  }

  /// The batches behind this one cannot be found.
  void giveUp(PenstockException failure) {
    toSkip = 0;
    problem = failure;
  }

  /// Why the last skip was given up, or null.
  @Nullable PenstockException problem() {
    return problem;
  }
}
