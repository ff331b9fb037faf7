package io.penstock.read;

import io.penstock.buffer.Lease;
import io.penstock.error.CorruptDataException;
import io.penstock.error.PenstockException;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PendingTransfer;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One ranged read on its way: lands each chunk in a lease of its own, so that no chunk keeps
/// another's memory, and says so.
final class RangeFetch {
  /*
   * When the store says that an object is too short for a merged range, the chunks are asked for one
   * by one, into the same leases: those that are whole are not lost because of their neighbours, and
   * the words of a failure do not depend on what was merged.
   */
  private final Store store;
  private final RangeRead range;
  private final List<Lease> landing;
  private final Arrivals arrivals;
  private final List<CompletableFuture<ObjectInfo>> transfers = new ArrayList<>();
  private boolean cancelled;

  /// Told of each chunk of a range, once, on a thread of the store's or the one that starts it.
  /// Short; does not throw.
  interface Arrivals {
    /// A chunk has landed; its lease is handed over.
    void landed(int chunk, Lease encoded);

    /// The chunks are asked for once more, one by one.
    default void askedAgain() {}

    /// A chunk could not be read; the failure is in its place, the lease has been closed.
    void failed(int chunk, PenstockException failure);
  }

  /// @param landing one lease of exactly the stored bytes for each chunk; taken over
  RangeFetch(Store store, RangeRead range, List<Lease> landing, Arrivals arrivals) {
    this.store = store;
    this.range = range;
    this.landing = landing;
    this.arrivals = arrivals;
  }

  /// Asks the store. Each chunk arrives, sooner or later, whatever happens.
  void start() {
    read(
        range.range(),
        0,
        range.chunks().size(),
        failure -> {
          if (failure instanceof CorruptDataException && range.chunks().size() > 1) {
            startSingly();
          } else {
            failAll(failure);
          }
        });
  }

  /// Asks the store to stop; the chunks still arrive, with a failure.
  void cancel() {
    List<CompletableFuture<ObjectInfo>> toCancel;
    synchronized (transfers) {
      cancelled = true;
      toCancel = List.copyOf(transfers);
    }
    toCancel.forEach(transfer -> transfer.cancel(true));
  }

  private void startSingly() {
    arrivals.askedAgain();
    for (int i = 0; i < range.chunks().size(); i++) {
      ChunkRead chunk = range.chunks().get(i);
      int at = i;
      read(new ByteRange(chunk.offset(), chunk.length()), i, i + 1, failure -> fail(at, failure));
    }
  }

  private void failAll(PenstockException failure) {
    for (int i = 0; i < range.chunks().size(); i++) {
      fail(i, failure);
    }
  }

  private interface OnFailure {
    void accept(PenstockException failure);
  }

  private void read(ByteRange bytes, int from, int to, OnFailure onFailure) {
    StoredArray array = range.array();
    String key = array.key(range.shard());
    CompletableFuture<ObjectInfo> transfer;
    try {
      transfer =
          store.read(
              new RangeRequest(key, bytes, array.tag(range.shard())),
              () -> slices(bytes.offset(), from, to));
    } catch (RuntimeException e) {
      onFailure.accept(PendingTransfer.typed(e, "read " + key));
      return;
    }
    boolean late;
    synchronized (transfers) {
      transfers.add(transfer);
      late = cancelled;
    }
    if (late) {
      transfer.cancel(true);
    }
    var _ =
        transfer.whenComplete((info, failure) -> {
          PenstockException problem =
              failure == null ? pin(info) : PendingTransfer.typed(failure, "read " + key);
          if (problem == null) {
            for (int i = from; i < to; i++) {
              arrivals.landed(i, landing.get(i));
            }
          } else {
            onFailure.accept(problem);
          }
        });
  }

  private List<Landing.Slice> slices(long start, int from, int to) {
    List<Landing.Slice> slices = new ArrayList<>(to - from);
    for (int i = from; i < to; i++) {
      ChunkRead chunk = range.chunks().get(i);
      slices.add(new Landing.Slice(chunk.offset() - start, landing.get(i).segment()));
    }
    return slices;
  }

  private @Nullable PenstockException pin(ObjectInfo info) {
    try {
      range.array().pin(range.shard(), info);
      return null;
    } catch (PenstockException e) {
      return e;
    }
  }

  private void fail(int at, PenstockException failure) {
    landing.get(at).close();
    arrivals.failed(at, range.chunks().get(at).placed(failure));
  }
}
