package io.penstock.read;

import java.util.Optional;

/// Where the consumer of a loader stands: before which batch of which epoch. Guarded by the
/// loader's lock.
final class ConsumerPlace {
  private final long end;
  private final long announced;
  private final Optional<ShuffleGauge> shuffle;
  private long epoch;
  private long index;
  private boolean begun;
  private boolean turned;
  private EpochEvent event = new EpochEvent();

  /// @param end index behind the last batch of an epoch
  /// @param announced how many epochs will be read; 0 if that is not known
  /// @param shuffle knows how well epochs were mixed, if that is measured
  ConsumerPlace(long end, long announced, Optional<ShuffleGauge> shuffle) {
    this.end = end;
    this.announced = announced;
    this.shuffle = shuffle;
  }

  long epoch() {
    return epoch;
  }

  long index() {
    return index;
  }

  /// Whether the epoch is over.
  boolean atEnd() {
    return index >= end;
  }

  /// Whether the consumer came to where the epoch is over without taking a batch of it: what it
  /// wants is the next one.
  boolean cameToEnd() {
    return !begun && index > 0 && atEnd();
  }

  /// Whether a batch of the epoch was taken.
  boolean begun() {
    return begun;
  }

  /// The next batch is asked for.
  void asked() {
    if (!begun) {
      event = new EpochEvent();
      event.begin();
    }
  }

  /// The next batch was taken.
  void taken(BatchRows batch) {
    index = batch.next();
    begun = true;
  }

  /// The consumer goes from one epoch to the next.
  void turn() {
    turned = true;
    if (begun) {
      event.commit(epoch, shuffle);
    }
    moveTo(epoch + 1, 0);
  }

  /// The consumer leaves an epoch in the middle, for the next one.
  void leave() {
    turned = true;
    moveTo(epoch + 1, 0);
  }

  /// The consumer goes elsewhere.
  void moveTo(long newEpoch, long newIndex) {
    epoch = newEpoch;
    index = newIndex;
    begun = false;
  }

  /// Epochs before this one are asked for, or known to be.
  long knownEpochs() {
    long own = cameToEnd() ? epoch + 2 : epoch + 1;
    return announced > 0 ? Math.max(own, announced) : own + (turned ? 1 : 0);
  }
}
