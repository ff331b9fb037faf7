package io.penstock.load;

import java.time.Duration;
import java.util.Optional;

/// An ordered stream of batches over one version, prefetched within a memory budget.
///
/// Each iterator is one epoch; the next one continues with the next epoch. One consumer at a time;
/// closing from another thread ends a waiting consumer with code `CLOSED`.
public interface Loader extends Iterable<Batch>, AutoCloseable {
  /// The next batch of the epoch, or empty at its end; the call after that begins the next epoch.
  /// Blocks until the batch is there. The caller owns it and closes it.
  ///
  /// @throws io.penstock.error.PenstockException if this batch could not be read; the loader stands
  ///   at the next batch then
  /// @throws io.penstock.error.RefusedException with code `LIMIT_EXCEEDED` instead of waiting for
  ///   ever, when the whole budget lies in batches that the caller has not closed
  Optional<Batch> next();

  /// The same, waiting at most so long: empty when the time is over as well, see [#endOfEpoch].
  Optional<Batch> poll(Duration atMost);

  /// Whether the last call met the end of an epoch.
  boolean endOfEpoch();

  /// The epoch of the next batch, from 0.
  long epoch();

  /// Batches of one epoch.
  long batchesPerEpoch();

  /// Begins to fetch before the first batch is asked for. Returns at once.
  void start();

  /// Stops fetching, waits for what is in flight, returns all memory but that of batches which the
  /// caller still holds. Idempotent.
  @Override
  void close();
}
