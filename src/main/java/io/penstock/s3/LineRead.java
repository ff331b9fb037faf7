package io.penstock.s3;

import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One read of a range: its future, and the pieces it is made of. The future is done only when
/// nobody touches the lent memory any more. But for the future and the slices, confined to whoever
/// holds the line's lock.
final class LineRead extends CompletableFuture<ObjectInfo> {
  // Above this a read is split into pieces of about the target: one request of an object store
  // brings 30 to 90 MB/s, so several bring a large chunk sooner.
  private static final long SPLIT_ABOVE_BYTES = 16L << 20;
  private static final long TARGET_BYTES = 8L << 20;

  private final GetLine line;
  private final RangeRequest request;
  private final Landing landing;
  private final Object slicesLock = new Object();
  private final List<LinePiece> pieces = new ArrayList<>();
  private @Nullable List<Landing.Slice> slices;
  private @Nullable ObjectInfo info;
  private int unfinished;
  private int lent;
  private boolean over;
  private @Nullable Throwable failure;

  LineRead(GetLine line, RangeRequest request, Landing landing) {
    this.line = line;
    this.request = request;
    this.landing = landing;
    long bytes = request.range().length();
    long count = bytes > SPLIT_ABOVE_BYTES ? Math.ceilDiv(bytes, TARGET_BYTES) : 1;
    for (long i = 0; i < count; i++) {
      long from = bytes / count * i + Math.min(i, bytes % count);
      long to = bytes / count * (i + 1) + Math.min(i + 1, bytes % count);
      add(from, to - from);
    }
  }

  String key() {
    return request.key();
  }

  /// Where bytes of this read lie in the object.
  ByteRange absolute(long offset, long bytes) {
    return new ByteRange(request.range().offset() + offset, bytes);
  }

  /// A further piece, counted from the start of the range.
  LinePiece add(long offset, long bytes) {
    LinePiece piece = new LinePiece(this, offset, bytes);
    pieces.add(piece);
    unfinished++;
    return piece;
  }

  List<LinePiece> pieces() {
    return pieces;
  }

  /// The pieces that may be asked for at once: until the object's tag is known, only one, lest the
  /// bytes of two objects be mixed.
  List<LinePiece> firstPieces() {
    return pinned() ? pieces : pieces.subList(0, 1);
  }

  private boolean pinned() {
    return request.etag().isPresent() || info != null;
  }

  /// The tag that every further answer must have.
  Optional<String> etag() {
    return info == null ? request.etag() : Optional.of(info.etag());
  }

  /// Notes what object answers, and returns the pieces that waited for that.
  List<LinePiece> pin(ObjectInfo found) {
    List<LinePiece> waited = pinned() ? List.of() : pieces.subList(1, pieces.size());
    if (info == null) {
      info = found;
    }
    return waited;
  }

  /// The landing's slices within some bytes of the range, offsets counted from the first of these.
  /// Asks the landing at the first call. Not to be called with the line's lock held.
  List<Landing.Slice> slices(long offset, long bytes) {
    List<Landing.Slice> all;
    synchronized (slicesLock) {
      if (slices == null) {
        slices = Landing.checkedSlices(landing, request.range());
      }
      all = slices;
    }
    if (offset == 0 && bytes == request.range().length()) {
      return all;
    }
    List<Landing.Slice> within = new ArrayList<>();
    for (Landing.Slice slice : all) {
      MemorySegment target = slice.target();
      long from = Math.max(offset, slice.offset());
      long to = Math.min(offset + bytes, slice.offset() + target.byteSize());
      if (from < to) {
        within.add(
            new Landing.Slice(from - offset, target.asSlice(from - slice.offset(), to - from)));
      }
    }
    return within;
  }

  /// Memory is lent to one more exchange.
  void lend() {
    lent++;
  }

  /// An exchange that had memory is over.
  void giveBack() {
    lent--;
  }

  /// A piece is whole; returns whether all are.
  boolean finished() {
    unfinished--;
    over = unfinished == 0;
    return over;
  }

  /// Whether it is decided how this ends.
  boolean isOver() {
    return over;
  }

  /// Decides how this ends: badly.
  ///
  /// @param why null: it is cancelled
  void fail(@Nullable Throwable why) {
    over = true;
    failure = why;
  }

  /// What makes the future done, if it is decided and the memory is free. Not to be run with the
  /// line's lock held.
  Optional<Runnable> ending() {
    if (!over || lent > 0) {
      return Optional.empty();
    }
    if (unfinished == 0) {
      ObjectInfo found = info;
      return Optional.of(() -> complete(found));
    }
    Throwable why = failure;
    return Optional.of(why == null ? this::wasCancelled : () -> completeExceptionally(why));
  }

  private void wasCancelled() {
    super.cancel(false);
  }

  /// Asks the read to stop. Returns whether the future is cancelled now; false means that it will
  /// be done soon, cancelled or not.
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    line.cancel(this);
    return isCancelled();
  }

  /// Stages that depend on this one are ordinary futures: cancelling them stops nothing.
  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new CompletableFuture<>();
  }
}
