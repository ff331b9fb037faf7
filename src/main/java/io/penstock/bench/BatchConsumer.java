package io.penstock.bench;

import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import io.penstock.load.Batch;
import io.penstock.load.LatencyHistogram;
import io.penstock.load.Loader;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Takes the batches of an epoch, is busy with each for a while, and measures. One thread.
final class BatchConsumer {
  private final Duration step;
  private final LongSupplier nanoTime;

  /// @param step how long it is busy with each batch
  BatchConsumer(Duration step, LongSupplier nanoTime) {
    this.step = step;
    this.nanoTime = nanoTime;
  }

  /// Consumes what is left of the loader's epoch. Blocks.
  EpochResult epoch(Loader loader) {
    long number = loader.epoch();
    Tally tally = new Tally();
    for (Optional<Batch> next = tally.waiting(loader::next);
        next.isPresent();
        next = tally.waiting(loader::next)) {
      try (Batch batch = next.get()) {
        tally.use(batch);
      }
    }
    return tally.result(number);
  }

  /// Consumes one batch over and over, each time copied into the memory of another: what a loader
  /// would reach that does nothing else. Blocks.
  EpochResult replay(Batch source, Batch target, long batches) {
    Tally tally = new Tally();
    for (long i = 0; i < batches; i++) {
      tally.use(tally.waiting(() -> copied(source, target)));
    }
    return tally.result(source.epoch());
  }

  private static Batch copied(Batch source, Batch target) {
    for (String tensor : source.tensors()) {
      MemorySegment from = source.tensor(tensor).segment();
      MemorySegment to = target.tensor(tensor).segment();
      long bytes = Math.min(from.byteSize(), to.byteSize());
      MemorySegment.copy(from, 0, to, 0, bytes);
    }
    return source;
  }

  private final class Tally {
    private final Timeline timeline = new Timeline();
    private final LatencyHistogram waits = new LatencyHistogram();
    private final long start = nanoTime.getAsLong();
    private long firstWait;
    private long waited;
    private long lastWait;
    private long samples;
    private long bytes;
    private long idSum;

    <T> T waiting(Supplier<T> source) {
      long asked = nanoTime.getAsLong();
      T next = source.get();
      lastWait = nanoTime.getAsLong() - asked;
      waited += lastWait;
      return next;
    }

    void use(Batch batch) {
      firstWait = samples == 0 ? lastWait : firstWait;
      waits.add(lastWait);
      samples += batch.samples();
      for (String tensor : batch.tensors()) {
        bytes += batch.tensor(tensor).segment().byteSize();
      }
      for (long id : batch.sampleIds()) {
        idSum += id;
      }
      work();
      timeline.add(nanoTime.getAsLong() - start, batch.samples(), lastWait);
    }

    EpochResult result(long epoch) {
      long nanos = nanoTime.getAsLong() - start;
      double stallShare = nanos == 0 ? 0 : (double) waited / nanos;
      return new EpochResult(
          epoch,
          samples,
          bytes,
          nanos / 1e9,
          stallShare,
          firstWait / 1e6,
          waits.percentile(0.5).toNanos() / 1e6,
          idSum,
          timeline.slices());
    }
  }

  private void work() {
    if (step.isZero()) {
      return;
    }
    try {
      Thread.sleep(step);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientException(ErrorCode.INTERRUPTED, "interrupted between two batches", e);
    }
  }
}
