package io.penstock.read;

import io.penstock.codec.CodecThreads;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.format.VersionContent;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderState;
import io.penstock.load.LoaderStats;
import io.penstock.load.OrderShape;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The consumer's side of a loader: takes batches from the head of the line as they are done, and
/// knows where in which epoch it stands.
final class PrefetchingLoader implements Loader {
  /*
   * The line plans no batch of an epoch that the consumer may never ask for: its own epoch, and the
   * one after it if the consumer has gone from one to the next before, or as many as were announced.
   */
  private static final Logger LOG = LoggerFactory.getLogger(PrefetchingLoader.class);

  private final LoaderLine line;
  private final VersionContent content;
  private final LoaderOptions options;
  private final OrderShape shape;
  private final BatchSchedule schedule;
  private final Consumer<Loader> onClose;
  private final OpenBatches open;
  private final Optional<ShuffleGauge> shuffle;
  private final LoaderTally tally;
  private final ConsumerWait wait;
  private final ReentrantLock lock;
  private final Pipeline pipeline;
  private final Thread coordinator;

  // Guarded by the lock.
  private final ConsumerPlace place;
  private boolean endOfEpoch;
  private boolean started;

  /// @param shuffle looks at the batches that are handed over, unless nothing is promised of them
  /// @param onClose called once, when the loader is closed
  PrefetchingLoader(
      LoaderLine line,
      VersionContent content,
      LoaderOptions options,
      OrderShape shape,
      BatchSchedule schedule,
      Optional<ShuffleGauge> shuffle,
      Consumer<Loader> onClose) {
    this.line = line;
    this.content = content;
    this.options = options;
    this.shape = shape;
    this.schedule = schedule;
    this.onClose = onClose;
    this.shuffle = shuffle;
    this.tally = line.tally();
    this.place = new ConsumerPlace(schedule.end(), options.epochs(), shuffle);
    this.open = new OpenBatches(line.memory().checked(), LOG::warn);
    this.lock = line.lock();
    this.pipeline = line.pipeline();
    this.wait = new ConsumerWait(pipeline, tally.stall(), line.memory(), open);
    this.coordinator = line.coordinator();
    options.resume().ifPresent(this::seek);
  }

  @Override
  public Optional<Batch> next() {
    return take(Long.MAX_VALUE);
  }

  @Override
  public Optional<Batch> poll(Duration atMost) {
    long nanos;
    try {
      nanos = Math.max(0, atMost.toNanos());
    } catch (ArithmeticException e) {
      nanos = Long.MAX_VALUE;
    }
    return take(nanos);
  }

  private Optional<Batch> take(long atMostNanos) {
    BatchAssembly batch;
    HandOverEvent event = new HandOverEvent();
    lock.lock();
    try {
      wait.checkOpen();
      wait.checkInterrupt();
      endOfEpoch = place.atEnd();
      if (endOfEpoch) {
        place.turn();
        return Optional.empty();
      }
      place.asked();
      event.begin();
      allowEpochs();
      if (!wait.forHead(atMostNanos)) {
        return Optional.empty();
      }
      event.end();
      batch = pipeline.take();
      place.taken(batch.rows());
    } finally {
      lock.unlock();
    }
    open.reportLost();
    SharedLease lease = new SharedLease(batch.takeLease(), this::memoryBack);
    Optional<PenstockException> failure = batch.finish(options.onBadSample());
    if (failure.isPresent()) {
      lease.release();
      throw failure.get();
    }
    handedOver(batch, event);
    return Optional.of(new LoadedBatch(batch, content, lease, open));
  }

  private void handedOver(BatchAssembly batch, HandOverEvent event) {
    shuffle.ifPresent(gauge -> gauge.add(batch.rows()));
    lock.lock();
    try {
      tally.handedOver(batch.samples(), batch.deliveredBytes());
    } finally {
      lock.unlock();
    }
    if (event.shouldCommit()) {
      event.tell(batch.rows());
      event.samples = batch.samples();
      event.commit();
    }
  }

  /// Lets the line plan what the consumer asks for, or is known to ask for.
  private void allowEpochs() {
    pipeline.allow(place.knownEpochs());
    startCoordinator();
  }

  private void startCoordinator() {
    if (!started) {
      started = true;
      coordinator.start();
    }
  }

  private void memoryBack() {
    lock.lock();
    try {
      pipeline.batchClosed();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean endOfEpoch() {
    lock.lock();
    try {
      return endOfEpoch;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long epoch() {
    lock.lock();
    try {
      return place.epoch();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long batchesPerEpoch() {
    if (!schedule.counted()) {
      throw new RefusedException(
          ErrorCode.UNSUPPORTED,
          "how many batches an epoch by "
              + options.form().ragged()
              + " has follows from the sizes of all its samples, which are read as the loader comes"
              + " to them; a plan reckons it");
    }
    return schedule.end();
  }

  @Override
  public void start() {
    lock.lock();
    try {
      wait.checkOpen();
      allowEpochs();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Iterator<Batch> iterator() {
    lock.lock();
    try {
      wait.checkOpen();
      if (place.begun()) {
        leaveEpoch();
      } else if (place.cameToEnd()) {
        place.moveTo(place.epoch() + 1, 0); // where planning goes by itself
      }
      return new EpochIterator(place.epoch());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public OrderShape order() {
    return shape;
  }

  @Override
  public LoaderStats stats() {
    lock.lock();
    try {
      return line.stats(shuffle.map(ShuffleGauge::reports).orElse(List.of()));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public LoaderState state() {
    lock.lock();
    try {
      return schedule.state(place.epoch(), place.index());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void seek(LoaderState state) {
    lock.lock();
    try {
      wait.checkOpen();
      moveTo(state.epoch(), schedule.index(state));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void skip(long batches) {
    if (batches < 0) {
      throw new RefusedException(ErrorCode.INVALID_ARGUMENT, "cannot skip " + batches + " batches");
    }
    lock.lock();
    try {
      wait.checkOpen();
      long end = schedule.end();
      if (end == 0 || batches == 0) {
        return; // also at the end of an epoch, which is still to be told
      }
      if (schedule.counted()) {
        long at = Math.addExact(place.index(), batches);
        moveTo(Math.addExact(place.epoch(), at / end), at % end);
      } else {
        skipGathered(batches);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Passes over batches that follow from sizes, which are read for that. Stays where it is if they
  /// cannot be read.
  private void skipGathered(long batches) {
    long fromEpoch = place.epoch() + (place.atEnd() ? 1 : 0);
    long fromIndex = place.atEnd() ? 0 : place.index();
    moveTo(fromEpoch, fromIndex);
    PlanCursor cursor = pipeline.skip(batches);
    startCoordinator();
    try {
      wait.forSkip(cursor);
    } catch (PenstockException e) {
      moveTo(fromEpoch, fromIndex);
      throw e;
    }
    place.moveTo(cursor.epoch(), cursor.index());
  }

  /// Goes on with the next epoch; what is prefetched of this one is dropped.
  private void leaveEpoch() {
    if (place.atEnd()) {
      place.turn();
    } else {
      place.leave();
      pipeline.moveTo(place.epoch(), place.index());
    }
  }

  private void moveTo(long newEpoch, long newIndex) {
    place.moveTo(newEpoch, newIndex);
    pipeline.moveTo(newEpoch, newIndex);
  }

  private final class EpochIterator implements Iterator<Batch> {
    private final long own;

    EpochIterator(long own) {
      this.own = own;
    }

    @Override
    public boolean hasNext() {
      lock.lock();
      try {
        return place.epoch() == own && !place.atEnd();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public Batch next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the epoch is over");
      }
      return PrefetchingLoader.this.next().orElseThrow();
    }
  }

  @Override
  public void close() {
    boolean running;
    lock.lock();
    try {
      if (pipeline.closed()) {
        return;
      }
      running = started;
      pipeline.stop();
    } finally {
      lock.unlock();
    }
    line.cancelAll();
    if (running) {
      coordinator.interrupt();
      CodecThreads.awaitEnd(List.of(coordinator));
    }
    line.close();
    open.reportOpen();
    onClose.accept(this);
  }
}
