package io.penstock.load;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/// An ordered stream of batches over a version, a view of one, or a mix of several, prefetched
/// within a memory budget. Which samples a batch holds depends on the options and the version
/// alone, never on time, threads or memory.
///
/// Each iterator is one epoch; the next one continues with the next epoch. One consumer at a time;
/// closing from another thread ends a waiting consumer with code `CLOSED`.
///
/// The first batches of the next epoch are fetched while the last ones of this epoch are consumed
/// if it is known that the consumer goes on: because [LoaderOptions#epochs] says so, or because it
/// has gone on before. Who stops after one epoch pays for no other.
public interface Loader extends Iterable<Batch>, AutoCloseable {
  /// The next batch of the epoch, or empty at its end; the call after that begins the next epoch.
  /// Blocks until the batch is there. The caller owns it and closes it.
  ///
  /// @throws io.penstock.error.PenstockException if this batch could not be read; the loader stands
  ///   at the next batch then
  /// @throws io.penstock.error.RefusedException with code `LIMIT_EXCEEDED` instead of waiting for
  ///   ever, when the whole budget lies in batches that the caller has not closed
  /// @throws io.penstock.error.TransientException with code `INTERRUPTED` if the thread is
  ///   interrupted, before or while it waits; the loader stays where it is then
  Optional<Batch> next();

  /// The same, waiting at most so long: empty when the time is over as well, see [#endOfEpoch].
  Optional<Batch> poll(Duration atMost);

  /// The same without blocking: done when the batch is there, empty at the end of the epoch, failed
  /// as [#next] fails. Ask again when it is done: there is one consumer at a time. Cancelling it
  /// gives up the wait, and the loader still stands at the batch, unless the batch was on its way
  /// to the future already, which closes it then. What depends on it runs on a virtual thread.
  default CompletableFuture<Optional<Batch>> nextAsync() {
    return PendingBatch.of(this);
  }

  /// The batches of an epoch as a stream: the one that [#iterator] goes through. Close each batch
  /// when you are done with it, so that its memory can be used again; closing the stream closes
  /// those that are still open. Never parallel. [LoaderFlux] has the same for Reactor.
  default Stream<Batch> stream() {
    return BatchStream.of(this);
  }

  /// Whether the last call met the end of an epoch.
  boolean endOfEpoch();

  /// The epoch of the next batch, from 0.
  long epoch();

  /// Batches of one epoch of this rank.
  ///
  /// @throws io.penstock.error.RefusedException with code `UNSUPPORTED` where that follows from the
  ///   sizes of all samples, with [RaggedMode.MaxBytes] and [RaggedMode.Pack]; see
  ///   [LoaderPlan#batches]
  long batchesPerEpoch();

  /// What the order is like, with all that was chosen for the version.
  OrderShape order();

  /// Where the loader stands: before the next batch. Any thread may ask.
  LoaderState state();

  /// Goes to where another loader of the same order stood, whatever its number of ranks. If that is
  /// the end of an epoch, [#next] tells so first, as it would have told the other loader, and
  /// [#iterator] and [#stream] go through the next epoch.
  ///
  /// @throws io.penstock.error.RefusedException if the state is of another version, seed, batch or
  ///   order, with both
  void seek(LoaderState state);

  /// Goes forward by some batches of this rank, through the ends of epochs, without reading them.
  /// If the last one of them ends an epoch, the loader stands in the next one, and no end is told.
  /// Where batches follow from sizes, those of the samples in between are read, and the call blocks
  /// until that is done; if they cannot be read, the loader stays where it is.
  ///
  /// @param batches 0 or more; 0 changes nothing
  void skip(long batches);

  /// What it has done so far, what is in the way, and how well its batches are mixed. Any thread
  /// may ask, also after [#close]; takes microseconds.
  LoaderStats stats();

  /// Begins to fetch before the first batch is asked for. Returns at once.
  void start();

  /// Stops fetching, waits for what is in flight, returns all memory but that of batches which the
  /// caller still holds. Idempotent.
  @Override
  void close();
}
