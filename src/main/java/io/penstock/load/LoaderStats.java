package io.penstock.load;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// What a loader has done since it was made, and how it stands. Immutable; taken at one moment,
/// though what other threads count meanwhile may or may not be in it.
///
/// @param elapsed since the first batch was asked for
/// @param waits how long the consumer waited for batches, and for what
/// @param batches that were handed over
/// @param samples of these batches
/// @param decodedBytes of these batches
/// @param fetching what was read from the store
/// @param decoding what the codec threads did
/// @param occupancy what there is at this moment
/// @param shuffle how well the last epochs were mixed, the newest last; of that one what has come
///   so far. Empty before the first batch, for a mix of datasets, and where batches follow from
///   sizes
public record LoaderStats(
    Duration elapsed,
    Waits waits,
    long batches,
    long samples,
    long decodedBytes,
    Fetching fetching,
    Decoding decoding,
    Occupancy occupancy,
    List<ShuffleReport> shuffle) {
  /// With less waiting than this share of the time, batches are there when they are asked for.
  private static final double KEEPS_UP = 0.05;

  /// With more than this share of requests turned away, the store sets the pace.
  private static final double THROTTLED = 0.01;

  /// Copies the list.
  public LoaderStats {
    shuffle = List.copyOf(shuffle);
  }

  /// How long the consumer waited. What it waits for is what the batch lacks that comes next.
  ///
  /// @param network for the store, with nothing to decode
  /// @param decode for codec threads that were all busy, or with nothing on its way
  /// @param memory because there was no room for more requests, with only a few on their way; or
  ///   none for the batch, because the caller had not closed others
  public record Waits(Duration network, Duration decode, Duration memory) {
    /// All of them.
    public Duration total() {
      return network.plus(decode).plus(memory);
    }
  }

  /// Reads of the store for this loader.
  ///
  /// @param requests ranged reads that have ended
  /// @param failed those of them that failed
  /// @param retries requests that had to be sent again, by this loader or by its store
  /// @param throttled answers with which the store asked for fewer requests, to anybody who uses it
  /// @param bytesFetched lengths of all ranges
  /// @param bytesUsed those of their bytes that belong to chunks that were wanted
  /// @param bytesFetchedTwice bytes of chunks, for the share of their samples that this fetch was
  ///   not for: they are fetched again, for another rank or later
  /// @param median time of a request, from asking to the last byte; half of them took no longer
  /// @param p99 the same for 99 of 100
  /// @param mostInFlight the most requests at once
  /// @param sending what the store did to get answers, for anybody who uses it
  public record Fetching(
      long requests,
      long failed,
      long retries,
      long throttled,
      long bytesFetched,
      long bytesUsed,
      long bytesFetchedTwice,
      Duration median,
      Duration p99,
      int mostInFlight,
      Sending sending) {}

  /// What a store over a network did beside sending each request once.
  ///
  /// @param stalled requests that were given up because nothing came
  /// @param hedged requests that were sent to overtake one that was slow to answer
  /// @param hedgesWon those of them that answered first
  /// @param stolen requests that brought the end of a range whose body came slowly
  /// @param concurrency how many requests may be under way at once, now; 0: the store does not say
  public record Sending(long stalled, long hedged, long hedgesWon, long stolen, int concurrency) {
    private Sending since(Sending earlier) {
      return new Sending(
          stalled - earlier.stalled,
          hedged - earlier.hedged,
          hedgesWon - earlier.hedgesWon,
          stolen - earlier.stolen,
          concurrency);
    }
  }

  /// Work of the codec threads for this loader.
  ///
  /// @param threads how many there are, for all loaders and writers
  /// @param chunks that were decoded
  /// @param decodedBytes of these chunks
  /// @param decoding time that this took, over all threads, with scattering the samples
  /// @param transforming time that transforms took, over all threads
  public record Decoding(
      int threads, long chunks, long decodedBytes, Duration decoding, Duration transforming) {}

  /// What is where at one moment.
  ///
  /// @param poolBytes memory of the loader that is in use
  /// @param budgetBytes the most that it may use
  /// @param batchesReady that could be handed over at once
  /// @param batchesPlanned that it is known of what they consist, ready ones included
  /// @param requestsInFlight on their way
  /// @param chunksWaiting that have landed, or are being decoded
  public record Occupancy(
      long poolBytes,
      long budgetBytes,
      int batchesReady,
      int batchesPlanned,
      int requestsInFlight,
      int chunksWaiting) {}

  /// The share of the time since the first batch was asked for that the consumer waited; 0 before
  /// that.
  public double stallShare() {
    return elapsed.isZero() ? 0 : Math.min(1, ratio(waits.total(), elapsed));
  }

  /// What was in the way most of the time. For the last minute instead of all of it, compare two
  /// snapshots with [#since].
  public Bottleneck bottleneck() {
    Duration waited = waits.total();
    if (stallShare() < KEEPS_UP) {
      return new Bottleneck(Bottleneck.Kind.CONSUMER, keepsUp());
    }
    String stalled = "the consumer waited " + percent(stallShare()) + " of the time, ";
    Duration most = max(waits.network(), max(waits.decode(), waits.memory()));
    String share = percent(ratio(most, waited)) + " of that ";
    if (most.equals(waits.memory())) {
      return new Bottleneck(Bottleneck.Kind.MEMORY, stalled + share + shortOfMemory());
    }
    if (most.equals(waits.decode())) {
      boolean transforms = decoding.transforming().compareTo(decoding.decoding()) > 0;
      return new Bottleneck(
          transforms ? Bottleneck.Kind.TRANSFORM : Bottleneck.Kind.DECODE,
          stalled + share + decodes());
    }
    boolean throttled = fetching.throttled() > THROTTLED * Math.max(1, fetching.requests());
    return new Bottleneck(
        throttled ? Bottleneck.Kind.THROTTLED : Bottleneck.Kind.NETWORK,
        stalled + share + fetches(throttled));
  }

  private String keepsUp() {
    if (batches == 0) {
      return "no batch has been asked for yet";
    }
    return "the consumer waited "
        + percent(stallShare())
        + " of the time, and took "
        + millis(elapsed.minus(waits.total()).dividedBy(batches))
        + " for each batch; "
        + occupancy.batchesReady()
        + " are ready";
  }

  private String shortOfMemory() {
    return "without room for more requests: at most "
        + fetching.mostInFlight()
        + " were on their way at once within a budget of "
        + occupancy.budgetBytes()
        + " bytes";
  }

  private String decodes() {
    return "for codec threads: "
        + decoding.threads()
        + " of them spent "
        + seconds(decoding.decoding())
        + " on decoding and "
        + seconds(decoding.transforming())
        + " on transforms";
  }

  private String fetches(boolean throttled) {
    return "for the store: "
        + fetching.requests()
        + " requests, half of them within "
        + millis(fetching.median())
        + ", 99 of 100 within "
        + millis(fetching.p99())
        + ", at most "
        + fetching.mostInFlight()
        + " at once"
        + (throttled ? "; it asked for fewer " + fetching.throttled() + " times" : "");
  }

  /// What has happened since an earlier snapshot of the same loader: counts and times are
  /// differences; latencies, occupancy and shuffle quality are those of this snapshot.
  public LoaderStats since(LoaderStats earlier) {
    return new LoaderStats(
        elapsed.minus(earlier.elapsed),
        new Waits(
            waits.network.minus(earlier.waits.network),
            waits.decode.minus(earlier.waits.decode),
            waits.memory.minus(earlier.waits.memory)),
        batches - earlier.batches,
        samples - earlier.samples,
        decodedBytes - earlier.decodedBytes,
        new Fetching(
            fetching.requests - earlier.fetching.requests,
            fetching.failed - earlier.fetching.failed,
            fetching.retries - earlier.fetching.retries,
            fetching.throttled - earlier.fetching.throttled,
            fetching.bytesFetched - earlier.fetching.bytesFetched,
            fetching.bytesUsed - earlier.fetching.bytesUsed,
            fetching.bytesFetchedTwice - earlier.fetching.bytesFetchedTwice,
            fetching.median,
            fetching.p99,
            fetching.mostInFlight,
            fetching.sending.since(earlier.fetching.sending)),
        new Decoding(
            decoding.threads,
            decoding.chunks - earlier.decoding.chunks,
            decoding.decodedBytes - earlier.decoding.decodedBytes,
            decoding.decoding.minus(earlier.decoding.decoding),
            decoding.transforming.minus(earlier.decoding.transforming)),
        occupancy,
        shuffle);
  }

  private static Duration max(Duration one, Duration other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  private static double ratio(Duration part, Duration whole) {
    return (double) part.toNanos() / whole.toNanos();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f %%", 100 * share);
  }

  private static String millis(Duration time) {
    return String.format(Locale.ROOT, "%.1f ms", time.toNanos() / 1e6);
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toNanos() / 1e9);
  }
}
