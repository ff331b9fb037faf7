package io.penstock.read;

import io.penstock.format.FragmentEntry;
import io.penstock.format.VersionContent;
import io.penstock.load.LatencyHistogram;
import io.penstock.load.LoaderStats;
import io.penstock.load.SampleSpace;
import io.penstock.load.ShuffleReport;
import io.penstock.store.StoreCounts;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/// What a loader has done so far, counted where it happens. Thread-safe but for the parts that the
/// loader's lock guards, which say so.
final class LoaderTally {
  private final LongSupplier nanoTime;
  private final VersionContent content;
  private final SampleSpace space;
  private final StallClock stall;
  private final LatencyHistogram latencies = new LatencyHistogram();
  private final LongAdder requests = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final LongAdder bytesFetched = new LongAdder();
  private final LongAdder bytesUsed = new LongAdder();
  private final LongAdder bytesFetchedTwice = new LongAdder();
  private final LongAdder chunks = new LongAdder();
  private final LongAdder decodedBytes = new LongAdder();
  private final LongAdder decodingNanos = new LongAdder();
  private final LongAdder transformingNanos = new LongAdder();

  // Guarded by the loader's lock.
  private int mostInFlight;
  private long batches;
  private long samples;
  private long batchBytes;

  /// @param nanoTime a clock for intervals
  /// @param space the samples of all ranks
  LoaderTally(LongSupplier nanoTime, VersionContent content, SampleSpace space) {
    this.nanoTime = nanoTime;
    this.content = content;
    this.space = space;
    this.stall = new StallClock(nanoTime);
  }

  /// How long the consumer waits. Guarded by the loader's lock.
  StallClock stall() {
    return stall;
  }

  /// The time, to be given back when what begins now has ended.
  long now() {
    return nanoTime.getAsLong();
  }

  /// A request has ended.
  ///
  /// @param since when it was sent, as [#now] told
  /// @param range its length in bytes
  /// @param used how many of them belong to chunks that were wanted
  void fetched(long since, long range, long used, boolean success) {
    latencies.add(now() - since);
    requests.increment();
    bytesFetched.add(range);
    if (success) {
      bytesUsed.add(used);
    } else {
      failed.increment();
    }
  }

  /// So many more bytes of ranges that were fetched belong to chunks that are wanted.
  void used(long bytes) {
    bytesUsed.add(bytes);
  }

  /// A range was asked for once more, in other requests.
  void askedAgain() {
    retries.increment();
  }

  /// A part was decoded, and nobody has got anything of it: what was delivered has been counted.
  void decoded(Part part) {
    chunks.increment();
    decodedBytes.add(part.chunk().array().codec().decodedBytes());
    if (part.need() instanceof Group group) {
      bytesFetchedTwice.add((long) (part.chunk().length() * (1 - wanted(group))));
    }
  }

  /// A codec thread has decoded and scattered a part.
  ///
  /// @param since when that began, as [#now] told
  void decodedFor(long since) {
    decodingNanos.add(now() - since);
  }

  /// The share of a group's samples that it was fetched for.
  private double wanted(Group group) {
    FragmentEntry fragment = content.fragments().get(group.fragment());
    long first = group.number() * content.layout(fragment).groupSamples();
    long live = space.samples(group.fragment(), first, first + group.rows());
    return live == 0 ? 1 : Math.min(1, (double) group.uses() / live);
  }

  /// Samples were transformed.
  ///
  /// @param since when that began, as [#now] told
  void transformed(long since) {
    transformingNanos.add(now() - since);
  }

  /// So many requests are on their way. With the lock held.
  void inFlight(int count) {
    mostInFlight = Math.max(mostInFlight, count);
  }

  /// A batch is handed over. With the lock held.
  void handedOver(long samplesOfBatch, long bytes) {
    batches++;
    samples += samplesOfBatch;
    batchBytes += bytes;
  }

  /// All of it. With the lock held.
  ///
  /// @param store what the store has counted since the loader was made
  LoaderStats stats(
      int threads,
      StoreCounts store,
      LoaderStats.Occupancy occupancy,
      List<ShuffleReport> shuffle) {
    return new LoaderStats(
        stall.elapsed(),
        stall.waits(),
        batches,
        samples,
        batchBytes,
        new LoaderStats.Fetching(
            requests.sum(),
            failed.sum(),
            retries.sum() + store.repeated(),
            store.throttled(),
            bytesFetched.sum(),
            bytesUsed.sum(),
            bytesFetchedTwice.sum(),
            latencies.percentile(0.5),
            latencies.percentile(0.99),
            mostInFlight,
            new LoaderStats.Sending(
                store.reads().stalled(),
                store.reads().hedged(),
                store.reads().hedgesWon(),
                store.reads().stolen(),
                store.reads().concurrency())),
        new LoaderStats.Decoding(
            threads,
            chunks.sum(),
            decodedBytes.sum(),
            Duration.ofNanos(decodingNanos.sum()),
            Duration.ofNanos(transformingNanos.sum())),
        occupancy,
        shuffle);
  }
}
