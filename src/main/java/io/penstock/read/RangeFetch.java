package io.penstock.read;

import io.penstock.buffer.Lease;
import io.penstock.codec.CodecContext;
import io.penstock.codec.CodecThreads;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.TransientException;
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

/// One ranged read on its way: lands each chunk in a lease of its own, then decodes each on the
/// codec threads into what its sink offers, and returns its lease. So no chunk keeps another's
/// memory.
final class RangeFetch {
  /*
   * When the store says that an object is too short for a merged range, the chunks are asked for one
   * by one, into the same leases: those that are whole are not lost because of their neighbours, and
   * the words of a failure do not depend on what was merged.
   */
  private final Store store;
  private final CodecThreads threads;
  private final RangeRead range;
  private final InFlight.Range state;
  private final List<Lease> landing;
  private final List<? extends ChunkSink> sinks;
  private final List<CompletableFuture<ObjectInfo>> transfers = new ArrayList<>();
  private boolean cancelled;

  /// @param state told of chunks that land and are taken
  /// @param landing one lease of exactly the stored bytes for each chunk; taken over
  /// @param sinks one for each chunk
  RangeFetch(
      Store store,
      CodecThreads threads,
      RangeRead range,
      InFlight.Range state,
      List<Lease> landing,
      List<? extends ChunkSink> sinks) {
    this.store = store;
    this.threads = threads;
    this.range = range;
    this.state = state;
    this.landing = landing;
    this.sinks = sinks;
  }

  /// Asks the store. Every sink is called, sooner or later, whatever happens.
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

  /// Asks the store to stop; the sinks are still called.
  void cancel() {
    List<CompletableFuture<ObjectInfo>> toCancel;
    synchronized (transfers) {
      cancelled = true;
      toCancel = List.copyOf(transfers);
    }
    toCancel.forEach(transfer -> transfer.cancel(true));
  }

  private void startSingly() {
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
            decode(from, to);
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

  private void decode(int from, int to) {
    for (int i = from; i < to; i++) {
      int at = i;
      long bytes = range.chunks().get(i).length();
      state.landed(bytes);
      try {
        threads.submit(context -> {
          state.taken(bytes);
          decode(at, context);
        });
      } catch (PenstockException e) {
        state.taken(bytes);
        fail(at, e);
      }
    }
  }

  private void decode(int at, CodecContext context) {
    ChunkSink sink = sinks.get(at);
    PenstockException failure = null;
    try (Lease encoded = landing.get(at)) {
      if (sink.wanted()) {
        range.array().codec().decode(encoded.segment(), sink.target(), context);
      } else {
        failure = new TransientException(ErrorCode.INTERRUPTED, "nobody wants the chunk any more");
      }
    } catch (RuntimeException | Error e) {
      failure = PendingTransfer.typed(e, "decode a chunk of " + range.array());
    }
    if (failure == null) {
      sink.decoded();
    } else {
      if (failure instanceof CorruptDataException) {
        ChunkRead chunk = range.chunks().get(at);
        String key = range.array().key(range.shard());
        store.distrust(key, new ByteRange(chunk.offset(), chunk.length()));
      }
      sink.failed(range.chunks().get(at).placed(failure));
    }
  }

  private void fail(int at, PenstockException failure) {
    landing.get(at).close();
    sinks.get(at).failed(range.chunks().get(at).placed(failure));
  }
}
