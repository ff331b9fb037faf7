package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderState;
import io.penstock.load.OrderShape;
import io.penstock.load.OrderSource;
import io.penstock.read.WindowPlanner.Limits;
import io.penstock.read.WindowPlanner.Window;
import io.penstock.store.PendingTransfer;
import io.penstock.store.Store;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A loader that runs ahead of its consumer, in order, within memory of its own.
final class PrefetchingLoader implements Loader {
  /*
   * One thread, the coordinator, plans window after window, takes memory and asks the store; codec
   * threads fill the slabs; the consumer takes batches from the head of the queue as they are done.
   * The only signal that runs backwards is memory: a batch that is closed lets the coordinator go on.
   *
   * The first window is one batch, so that the first batch does not wait for more; the next ones
   * double until they are as large as pays. The coordinator does not cross the end of an epoch before
   * the consumer asks for the next one: what it fetched there would be wasted by whoever stops.
   */
  private static final Logger LOG = LoggerFactory.getLogger(PrefetchingLoader.class);
  private static final long LARGEST_WINDOW_BYTES = 16L << 20;
  private static final long LARGEST_WINDOW_BATCHES = 256;
  private static final long LOOK_AGAIN_NANOS = 10_000_000;

  private final VersionContent content;
  private final BufferPool memory;
  private final Consumer<Loader> onClose;
  private final OrderShape shape;
  private final BatchSchedule schedule;
  private final WindowPlanner planner;
  private final Prefetcher prefetcher;
  private final InFlight inFlight;
  private final OpenBatches open;
  private final long batchesPerEpoch;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<BatchAssembly> queue = new ArrayDeque<>();
  private final Thread coordinator;

  // Guarded by the lock. Batches are numbered through all epochs.
  private long nextToPlan;
  private long planLimit;
  private long generation;
  private long epoch;
  private long index;
  private boolean begun;
  private boolean endOfEpoch;
  private boolean waitsForMemory;
  private boolean started;
  private boolean closed;
  private @Nullable PenstockException broken;

  PrefetchingLoader(
      Store store,
      VersionContent content,
      ReadEngine.Parts parts,
      StoredTensors tensors,
      List<TensorSpec> specs,
      LoaderOptions options,
      OrderSource source,
      OrderShape shape,
      Consumer<Loader> onClose) {
    CodecThreads threads = parts.threads();
    LoaderMemory needs = LoaderMemory.of(content, specs, options, parts.pool().budgetBytes());
    this.content = content;
    this.onClose = onClose;
    this.shape = shape;
    this.schedule = new OrderSchedule(source, shape, options);
    this.batchesPerEpoch = schedule.batches();
    options.resume().ifPresent(schedule::index); // refuses before memory is taken
    this.memory = needs.split(parts.pool());
    this.open = new OpenBatches(memory.checked(), LOG::warn);
    this.inFlight = new InFlight(this::signal);
    this.prefetcher = new Prefetcher(store, threads, memory, inFlight);
    this.planner =
        new WindowPlanner(
            new TensorReads(store, content, memory, threads, tensors),
            content,
            tensors,
            new OrderSchedule(source, shape, options),
            specs,
            needs.maxBatchBytes(),
            RangeRules.within(memory.budgetBytes()));
    options.resume().ifPresent(this::seek);
    this.coordinator = Thread.ofPlatform().daemon().name("penstock-loader").unstarted(this::run);
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
    lock.lock();
    try {
      checkOpen();
      endOfEpoch = false;
      if (index == batchesPerEpoch) {
        turnEpoch();
        endOfEpoch = true;
        return Optional.empty();
      }
      allowEpoch();
      if (!awaitHead(atMostNanos)) {
        return Optional.empty();
      }
      batch = queue.remove();
      index++;
      begun = true;
    } finally {
      lock.unlock();
    }
    if (batch.failure().isPresent()) {
      batch.abandon();
      throw batch.failure().get();
    }
    open.reportLost();
    return Optional.of(new LoadedBatch(batch, content, open));
  }

  private void turnEpoch() {
    epoch++;
    index = 0;
    begun = false;
  }

  /// Lets the coordinator plan up to the end of the consumer's epoch.
  private void allowEpoch() {
    planLimit = Math.max(planLimit, (epoch + 1) * batchesPerEpoch);
    if (!started) {
      started = true;
      coordinator.start();
    }
    changed.signalAll();
  }

  /// Waits until the batch at the head is done; false when the time is over before.
  private boolean awaitHead(long atMostNanos) {
    long left = atMostNanos;
    try {
      while (true) {
        BatchAssembly head = queue.peek();
        if (head != null && head.done()) {
          return true;
        }
        checkOpen();
        if (broken != null) {
          throw broken;
        }
        refuseToHang();
        if (left <= 0) {
          return false;
        }
        // Nobody signals that the coordinator begins to wait for memory: look again now and then.
        long slice = waitsForMemory ? Math.min(left, LOOK_AGAIN_NANOS) : left;
        left -= slice - changed.awaitNanos(slice);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientException(
          ErrorCode.INTERRUPTED, "interrupted while waiting for a batch", e);
    }
  }

  /// The coordinator waits for memory, nothing is in flight that would give some back, and the next
  /// batch is not done: only the caller can help.
  private void refuseToHang() {
    if (waitsForMemory && memory.waiting() > 0 && inFlight.none()) {
      open.reportLost();
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          memory.usedBytes()
              + " of the loader's "
              + memory.budgetBytes()
              + " bytes of memory lie in "
              + open.count()
              + " batches that were not closed: close batches, make them smaller, or raise the"
              + " memory budget");
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
      return epoch;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long batchesPerEpoch() {
    return batchesPerEpoch;
  }

  @Override
  public void start() {
    lock.lock();
    try {
      checkOpen();
      allowEpoch();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Iterator<Batch> iterator() {
    lock.lock();
    try {
      checkOpen();
      if (begun) {
        moveTo(epoch + 1, 0);
      }
      return new EpochIterator(epoch);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public OrderShape order() {
    return shape;
  }

  @Override
  public LoaderState state() {
    lock.lock();
    try {
      return schedule.state(epoch, index);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void seek(LoaderState state) {
    lock.lock();
    try {
      checkOpen();
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
      checkOpen();
      if (batchesPerEpoch > 0) {
        long at = Math.addExact(index, batches);
        moveTo(Math.addExact(epoch, at / batchesPerEpoch), at % batchesPerEpoch);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Goes to another batch: what is prefetched and not needed there is dropped.
  private void moveTo(long newEpoch, long newIndex) {
    epoch = newEpoch;
    index = newIndex;
    begun = false;
    long first = Math.addExact(Math.multiplyExact(epoch, batchesPerEpoch), index);
    generation++;
    nextToPlan = first;
    queue.forEach(BatchAssembly::abandon);
    queue.clear();
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
        return epoch == own && index < batchesPerEpoch;
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
      if (closed) {
        return;
      }
      closed = true;
      running = started;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    inFlight.cancelAll();
    if (running) {
      coordinator.interrupt();
      joinCoordinator();
    }
    inFlight.awaitNone(() -> {});
    queue.forEach(BatchAssembly::abandon);
    prefetcher.keepOnly(Set.of());
    memory.close();
    open.reportOpen();
    onClose.accept(this);
  }

  private void joinCoordinator() {
    boolean interrupted = false;
    while (coordinator.isAlive()) {
      try {
        coordinator.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new RefusedException(ErrorCode.CLOSED, "the loader is closed");
    }
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// What the coordinator is to plan next.
  private record Work(long generation, long first, long end) {}

  private void run() {
    long windowBatches = 1;
    long lastGeneration = 0;
    try {
      for (Work work = awaitWork(); work != null; work = awaitWork()) {
        if (work.generation() != lastGeneration) {
          lastGeneration = work.generation();
          prefetcher.keepOnly(Set.of());
        }
        Window window = plan(work, windowBatches);
        if (enqueue(work, window)) {
          fetch(window);
        }
        windowBatches = Math.min(LARGEST_WINDOW_BATCHES, 2L * window.batches().size());
      }
    } catch (RuntimeException | Error e) {
      lock.lock();
      try {
        broken = PendingTransfer.typed(e, "prefetch");
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  private @Nullable Work awaitWork() {
    lock.lock();
    try {
      while (!closed && nextToPlan >= planLimit) {
        changed.awaitUninterruptibly();
      }
      return closed ? null : new Work(generation, nextToPlan, planLimit);
    } finally {
      lock.unlock();
    }
  }

  private Window plan(Work work, long windowBatches) {
    long ofEpoch = work.first() / batchesPerEpoch;
    long first = work.first() % batchesPerEpoch;
    long end = Math.min(batchesPerEpoch, first + windowBatches);
    long slabBytes = Math.min(LARGEST_WINDOW_BYTES, memory.budgetBytes() / 4);
    return planner.plan(
        new Limits(ofEpoch, first, end, slabBytes), prefetcher.holds(), this::signal);
  }

  /// Puts the window's batches into the queue, unless the consumer went elsewhere meanwhile.
  private boolean enqueue(Work work, Window window) {
    lock.lock();
    try {
      if (closed || generation != work.generation()) {
        return false;
      }
      queue.addAll(window.batches());
      nextToPlan += window.batches().size();
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void fetch(Window window) {
    waitsForMemory(true);
    try {
      prefetcher.fetch(window);
    } catch (RefusedException e) {
      // Its batches carry the failure; unless this is the end, the next ones may do.
      if (e.code() == ErrorCode.CLOSED) {
        throw e;
      }
    } finally {
      waitsForMemory(false);
    }
  }

  private void waitsForMemory(boolean waits) {
    lock.lock();
    try {
      waitsForMemory = waits;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
