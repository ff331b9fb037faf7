package io.penstock.bench;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/// What went to a store and came from it: calls of the store's methods, which on S3 are requests
/// but for the store's own retries. Thread-safe.
final class Traffic {
  private final LongAdder requests = new LongAdder();
  private final LongAdder bytesFetched = new LongAdder();
  private final LongAdder bytesUsed = new LongAdder();
  private final LongAdder bytesPut = new LongAdder();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final LongAccumulator mostInFlight = new LongAccumulator(Math::max, 0);

  /// Begins to count anew; what is in flight stays in flight.
  synchronized void forget() {
    requests.reset();
    bytesFetched.reset();
    bytesUsed.reset();
    bytesPut.reset();
    mostInFlight.reset();
  }

  void begin() {
    requests.increment();
    mostInFlight.accumulate(inFlight.incrementAndGet());
  }

  void end() {
    inFlight.decrementAndGet();
  }

  /// An answer came.
  ///
  /// @param used bytes of it that were wanted
  synchronized void fetched(long bytes, long used) {
    bytesFetched.add(bytes);
    bytesUsed.add(used);
  }

  void put(long bytes) {
    bytesPut.add(bytes);
  }

  long requests() {
    return requests.sum();
  }

  long bytesFetched() {
    return bytesFetched.sum();
  }

  long bytesUsed() {
    return bytesUsed.sum();
  }

  long bytesPut() {
    return bytesPut.sum();
  }

  long mostInFlight() {
    return mostInFlight.get();
  }
}
