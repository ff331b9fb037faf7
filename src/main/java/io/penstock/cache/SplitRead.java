package io.penstock.cache;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One read of an object of which a cache keeps something: pieces that are there come from the
/// disk, the rest from the store, and what of that is to be kept is offered to the cache. Done only
/// when nobody touches the memory any more, like every [PendingTransfer].
final class SplitRead extends CompletableFuture<ObjectInfo> {
  /*
   * The read has parts: one from the disk, and one for each range that is asked of the store. `open`
   * counts those that are not done; the last one to end completes the future.
   *
   * Pieces and ranges must be of one state of the object. So when some pieces were found, the store
   * is asked for the rest under their tag; if it says that the object has another one by now, what
   * the cache has of it is thrown away, and all is read from the store as it was asked for.
   *
   * The landing is asked early only when the object is known to be there because pieces of it are.
   */
  private final CachedStore store;
  private final DiskCache cache;
  private final RangeRequest request;
  private final Landing landing;
  private final Object lock = new Object();
  private final List<CompletableFuture<ObjectInfo>> transfers = new ArrayList<>();
  private @Nullable List<Landing.Slice> slices;
  private @Nullable String tagOfPieces;
  private int open = 1;
  private @Nullable ObjectInfo info;
  private @Nullable Throwable failure;
  private boolean cancelled;

  private SplitRead(CachedStore store, RangeRequest request, Landing landing) {
    this.store = store;
    this.cache = store.cache();
    this.request = request;
    this.landing = landing;
  }

  static CompletableFuture<ObjectInfo> start(
      CachedStore store, RangeRequest request, Landing landing) {
    SplitRead read = new SplitRead(store, request, landing);
    if (read.cache.mayHold(store.scope(), request.key())) {
      try {
        read.cache.reads().execute(read::split);
        return read;
      } catch (RejectedExecutionException _) {
        // The process is about to end; the store will say so.
      }
    }
    read.fetchAll();
    read.partDone(null, null);
    return read;
  }

  /// All slices of the landing, which is asked once.
  private List<Landing.Slice> slices() {
    synchronized (lock) {
      if (slices == null) {
        slices = Landing.checkedSlices(landing, request.range());
      }
      return slices;
    }
  }

  // --- from the disk --------------------------------------------------------------------------

  private void split() {
    List<@Nullable PieceFile> files = new ArrayList<>();
    try {
      List<Landing.Slice> all = slices();
      BitSet missing = new BitSet();
      for (int i = 0; i < all.size(); i++) {
        PieceFile file = find(all.get(i));
        files.add(file);
        missing.set(i, file == null);
      }
      if (missing.cardinality() == all.size()) {
        fetchAll();
      } else {
        fetch(all, missing);
        fetch(all, land(all, files));
      }
      partDone(null, null);
    } catch (RuntimeException | Error e) {
      partDone(null, e);
    } finally {
      files.forEach(SplitRead::close);
    }
  }

  /// The piece that a slice asks for, if it is to be kept, is there, and is of the object that the
  /// other slices are from.
  private @Nullable PieceFile find(Landing.Slice slice) {
    Piece piece = piece(slice);
    if (slice.target().byteSize() == 0
        || !store.keeps(piece)
        || !(cache.find(piece) instanceof PieceFile.Found.Whole(PieceFile file))) {
      return null;
    }
    ObjectInfo found = file.info();
    String expected = tagOfPieces != null ? tagOfPieces : request.etag().orElse(found.etag());
    if (found.bytes() < request.range().end() || !found.etag().equals(expected)) {
      close(file);
      return null;
    }
    tagOfPieces = expected;
    return file;
  }

  /// Lands what was found; returns the slices whose bytes turned out to be wrong.
  private BitSet land(List<Landing.Slice> all, List<@Nullable PieceFile> files) {
    BitSet wrong = new BitSet();
    for (int i = 0; i < files.size(); i++) {
      PieceFile file = files.get(i);
      if (file != null) {
        boolean right = land(all.get(i), file);
        wrong.set(i, !right);
        if (right) {
          landed(file.info());
        }
      }
    }
    return wrong;
  }

  private boolean land(Landing.Slice slice, PieceFile file) {
    Piece piece = piece(slice);
    try {
      if (file.read(slice.target(), this::stopIfCancelled)) {
        cache.counters().hits.increment();
        cache.counters().bytesFromDisk.add(piece.length());
        return true;
      }
      cache.distrust(piece);
    } catch (IOException e) {
      cache.readFailed("read " + piece, e);
    }
    return false;
  }

  private static void close(@Nullable PieceFile file) {
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException _) {
      // It was open for reading only: nothing is lost.
    }
  }

  private Piece piece(Landing.Slice slice) {
    return new Piece(
        store.scope(),
        request.key(),
        request.range().offset() + slice.offset(),
        slice.target().byteSize());
  }

  // --- from the store -------------------------------------------------------------------------

  /// Reads everything from the store, as it was asked for.
  private void fetchAll() {
    fetch(
        request,
        this::slices,
        () -> {
          synchronized (lock) {
            return slices == null ? List.of() : slices;
          }
        });
  }

  /// Reads some slices from the store: one range for those that follow each other.
  private void fetch(List<Landing.Slice> all, BitSet some) {
    for (int from = some.nextSetBit(0); from >= 0; ) {
      int to = some.nextClearBit(from);
      List<Landing.Slice> run =
          all.subList(from, to).stream().filter(each -> each.target().byteSize() > 0).toList();
      if (!run.isEmpty()) {
        fetch(run);
      }
      from = some.nextSetBit(to);
    }
  }

  private void fetch(List<Landing.Slice> run) {
    Landing.Slice last = run.getLast();
    long first = run.getFirst().offset();
    ByteRange range =
        new ByteRange(
            request.range().offset() + first, last.offset() + last.target().byteSize() - first);
    List<Landing.Slice> moved =
        run.stream().map(each -> new Landing.Slice(each.offset() - first, each.target())).toList();
    fetch(
        new RangeRequest(request.key(), range, Optional.ofNullable(tagOfPieces)),
        () -> moved,
        () -> run);
  }

  private void fetch(RangeRequest part, Landing partLanding, Supplier<List<Landing.Slice>> landed) {
    synchronized (lock) {
      open++;
    }
    CompletableFuture<ObjectInfo> transfer;
    try {
      transfer = store.origin().read(part, partLanding);
    } catch (RuntimeException e) {
      partDone(null, e);
      return;
    }
    boolean late;
    synchronized (lock) {
      transfers.add(transfer);
      late = cancelled;
    }
    if (late) {
      transfer.cancel(true);
    }
    var _ =
        transfer.whenComplete((found, failed) -> {
          if (failed == null) {
            offer(landed.get(), found);
          } else {
            partDone(null, failed);
          }
        });
  }

  /// Offers to the cache what is to be kept, while the memory is still lent.
  private void offer(List<Landing.Slice> landed, ObjectInfo found) {
    List<Landing.Slice> kept = new ArrayList<>();
    for (Landing.Slice slice : landed) {
      long bytes = slice.target().byteSize();
      cache.counters().bytesFromStore.add(bytes);
      if (bytes > 0 && store.keeps(piece(slice))) {
        kept.add(slice);
      }
    }
    cache.counters().misses.add(kept.size());
    if (kept.isEmpty()) {
      partDone(found, null);
      return;
    }
    Runnable offering =
        () -> {
          for (Landing.Slice slice : kept) {
            cache.offer(piece(slice), found, slice.target(), store::unchanged);
          }
          partDone(found, null);
        };
    // Copies are made on a thread of the cache's, not on one of the store's.
    if (!cache.accepts() || !execute(offering)) {
      cache.turnAway(kept.size());
      partDone(found, null);
    }
  }

  private boolean execute(Runnable task) {
    try {
      cache.reads().execute(task);
      return true;
    } catch (RejectedExecutionException _) {
      return false;
    }
  }

  // --- the end --------------------------------------------------------------------------------

  private void landed(ObjectInfo found) {
    synchronized (lock) {
      info = found;
    }
  }

  private void partDone(@Nullable ObjectInfo found, @Nullable Throwable failed) {
    boolean last;
    synchronized (lock) {
      info = found == null ? info : found;
      failure = failure == null ? failed : failure;
      open--;
      last = open == 0;
    }
    if (last) {
      finish();
    }
  }

  private void finish() {
    Throwable failed =
        failure instanceof CompletionException wrapped && wrapped.getCause() != null
            ? wrapped.getCause()
            : failure;
    if (failed == null) {
      complete(info);
      return;
    }
    if (objectChanged(failed)) {
      cache.distrustObject(store.scope(), request.key());
      if (tagOfPieces != null && request.etag().isEmpty()) {
        startAfresh();
        return;
      }
    }
    if (failed instanceof CancellationException) {
      super.cancel(false);
    } else {
      completeExceptionally(failed);
    }
  }

  private static boolean objectChanged(Throwable failed) {
    return failed instanceof PenstockException ours
        && (ours.code() == ErrorCode.PRECONDITION_FAILED
            || ours.code() == ErrorCode.OBJECT_NOT_FOUND);
  }

  private void startAfresh() {
    synchronized (lock) {
      tagOfPieces = null;
      info = null;
      failure = null;
      open = 1;
      transfers.clear();
    }
    fetchAll();
    partDone(null, null);
  }

  private void stopIfCancelled() {
    synchronized (lock) {
      if (cancelled) {
        throw new CancellationException();
      }
    }
  }

  /// Asks all parts to stop.
  ///
  /// @return whether the future is cancelled now; false means that it will be done soon, cancelled
  ///   or not
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    List<CompletableFuture<ObjectInfo>> toCancel;
    synchronized (lock) {
      cancelled = true;
      toCancel = List.copyOf(transfers);
    }
    toCancel.forEach(transfer -> transfer.cancel(true));
    return isCancelled();
  }

  /// Stages that depend on this one are ordinary futures: cancelling them stops nothing.
  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new CompletableFuture<>();
  }
}
