package io.penstock.bench;

import io.penstock.Penstock;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PendingTransfer;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import io.penstock.store.StoreCounts;
import io.penstock.store.Upload;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.LongSupplier;

/// Reads ranges of objects at random places, so many at once, into memory that is reused, and
/// measures. Nothing looks at the bytes: the rate is that of the store and of the way to it.
public final class GetBench {
  private static final int MOST_OBJECTS = 1_000;
  private static final long PART_BYTES = 8L << 20;
  private static final long ALIGNMENT = 4096;
  private static final String MADE = "penstock-bench-get";

  private final Penstock penstock;
  private final Options options;
  private final LongSupplier nanoTime;

  /// What to read.
  ///
  /// @param uri of the store; the objects below it that have a range of that length are read
  /// @param makeBytes the length of an object that is made before and deleted afterwards, to be
  ///   read instead; empty: what is there is read
  /// @param rangeBytes length of each range
  /// @param concurrency how many are asked for at once
  /// @param requests how many are measured
  /// @param warmUp how many are read before
  /// @param seed of the places
  public record Options(
      String uri,
      OptionalLong makeBytes,
      long rangeBytes,
      int concurrency,
      int requests,
      int warmUp,
      long seed) {
    /// Checks the numbers.
    public Options {
      if (rangeBytes < 1 || concurrency < 1 || requests < 1 || warmUp < 0) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            requests
                + " requests after "
                + warmUp
                + ", "
                + concurrency
                + " at once, of "
                + rangeBytes
                + " bytes: one request of one byte is the least");
      }
      if (makeBytes.isPresent() && makeBytes.getAsLong() < rangeBytes) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "an object of " + makeBytes.getAsLong() + " bytes has no range of " + rangeBytes);
      }
    }
  }

  /// A bench that has not run. Borrows the instance.
  ///
  /// @param nanoTime a clock for intervals
  public GetBench(Penstock penstock, Options options, LongSupplier nanoTime) {
    this.penstock = penstock;
    this.options = options;
    this.nanoTime = nanoTime;
  }

  /// Runs. Blocks.
  ///
  /// @throws NotFoundException when there is no object that is long enough
  /// @throws RefusedException when the ranges that are under way do not fit into the memory budget
  public GetResult run() {
    long memory = Math.multiplyExact(options.rangeBytes(), options.concurrency());
    if (memory > penstock.memoryBudgetBytes()) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          options.concurrency()
              + " ranges of "
              + options.rangeBytes()
              + " bytes at once need "
              + memory
              + " bytes, the memory budget has "
              + penstock.memoryBudgetBytes());
    }
    try (Store store = penstock.store(options.uri());
        Arena arena = Arena.ofShared()) {
      boolean makes = options.makeBytes().isPresent();
      List<ObjectInfo> objects = makes ? List.of(make(store)) : find(store);
      try {
        return read(store, objects, arena.allocate(memory, ALIGNMENT));
      } finally {
        if (makes) {
          store.delete(MADE);
        }
      }
    }
  }

  private ObjectInfo make(Store store) {
    long bytes = options.makeBytes().getAsLong();
    SplittableRandom random = new SplittableRandom(options.seed());
    try (Arena arena = Arena.ofShared();
        Upload upload = store.upload(MADE)) {
      MemorySegment part = arena.allocate(PART_BYTES, ALIGNMENT);
      for (long at = 0; at + Long.BYTES <= PART_BYTES; at += Long.BYTES) {
        part.set(ValueLayout.JAVA_LONG, at, random.nextLong());
      }
      for (long at = 0; at < bytes; at += PART_BYTES) {
        PendingTransfer.await(
            upload.append(part.asSlice(0, Math.min(PART_BYTES, bytes - at))), "put " + MADE);
      }
      upload.complete();
    }
    return store.stat(MADE).orElseThrow(() -> nothing("the object that was made has gone"));
  }

  private List<ObjectInfo> find(Store store) {
    List<ObjectInfo> found =
        store.list("", "", MOST_OBJECTS).objects().stream()
            .filter(object -> object.bytes() >= options.rangeBytes())
            .toList();
    if (found.isEmpty()) {
      throw nothing("no object below " + store.uri() + " has a range of that length");
    }
    return found;
  }

  private NotFoundException nothing(String message) {
    return new NotFoundException(
        ErrorCode.OBJECT_NOT_FOUND, message + ": " + options.rangeBytes() + " bytes");
  }

  private GetResult read(Store store, List<ObjectInfo> objects, MemorySegment memory) {
    SplittableRandom places = new SplittableRandom(options.seed());
    new Round(store, memory, options.warmUp()).run(objects, places);
    Round measured = new Round(store, memory, options.requests());
    StoreCounts before = store.counts();
    long cpuBefore = ProcessUsage.cpuNanos();
    long start = nanoTime.getAsLong();
    measured.run(objects, places);
    double seconds = (nanoTime.getAsLong() - start) / 1e9;
    double cpuSeconds = (ProcessUsage.cpuNanos() - cpuBefore) / 1e9;
    return new GetResult(
        store.uri().toString(),
        objects.size(),
        options.rangeBytes(),
        options.concurrency(),
        options.requests(),
        seconds,
        cpuSeconds,
        measured.millis(0.5),
        measured.millis(0.99),
        store.counts().since(before),
        ProcessUsage.peakRssBytes());
  }

  private record Done(MemorySegment slot, long nanos, Optional<Throwable> failure) {}

  /// So many ranges, one after the other in each slot of the memory.
  private final class Round {
    private final Store store;
    private final BlockingQueue<Done> done = new LinkedBlockingQueue<>();
    private final List<MemorySegment> free = new ArrayList<>();
    private final long[] nanos;
    private Optional<Throwable> failure = Optional.empty();

    Round(Store store, MemorySegment memory, int requests) {
      this.store = store;
      this.nanos = new long[requests];
      for (int i = 0; i < options.concurrency(); i++) {
        free.add(memory.asSlice(i * options.rangeBytes(), options.rangeBytes()));
      }
    }

    void run(List<ObjectInfo> objects, SplittableRandom places) {
      int started = 0;
      int ended = 0;
      while (ended < started || (started < nanos.length && failure.isEmpty())) {
        if (started < nanos.length && !free.isEmpty() && failure.isEmpty()) {
          start(objects.get(places.nextInt(objects.size())), places, free.removeLast());
          started++;
        } else {
          Done one = next();
          nanos[ended++] = one.nanos();
          free.add(one.slot());
          failure = failure.or(one::failure);
        }
      }
      failure.ifPresent(why -> {
        throw PendingTransfer.typed(why, "bench get");
      });
      Arrays.sort(nanos);
    }

    private void start(ObjectInfo object, SplittableRandom places, MemorySegment slot) {
      long offset = places.nextLong(object.bytes() - options.rangeBytes() + 1);
      ByteRange range = new ByteRange(offset, options.rangeBytes());
      long began = nanoTime.getAsLong();
      var _ =
          store
              .read(
                  new RangeRequest(object.key(), range, Optional.of(object.etag())),
                  Landing.into(slot))
              .whenComplete((_, failure) ->
                  done.add(
                      new Done(slot, nanoTime.getAsLong() - began, Optional.ofNullable(failure))));
    }

    /// The next answer. After an interrupt nothing more is asked for, but what has been is waited
    /// for: its memory is lent.
    private Done next() {
      while (true) {
        try {
          return done.take();
        } catch (InterruptedException e) {
          failure =
              Optional.of(new TransientException(ErrorCode.INTERRUPTED, "bench get: interrupted"));
        }
      }
    }

    double millis(double share) {
      return nanos[(int) Math.ceil(share * nanos.length) - 1] / 1e6;
    }
  }
}
