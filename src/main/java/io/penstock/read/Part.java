package io.penstock.read;

import io.penstock.buffer.Lease;
import io.penstock.buffer.Reservation;
import io.penstock.codec.CodecContext;
import io.penstock.error.PenstockException;
import io.penstock.store.PendingTransfer;
import io.penstock.store.Store;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One chunk of a need: what becomes of it when it has landed. It is decoded on a codec thread, hot
/// in the processor's caches, and what of it is wanted goes straight to where it is wanted.
abstract sealed class Part permits FixedPart, RaggedPart, ResidentPart {
  private final Need need;
  private final Column column;
  private final ChunkRead chunk;
  private @Nullable Lease encoded;
  private @Nullable PenstockException failure;

  /// Bytes of the slot that it takes for landing. Guarded by the pipeline.
  long landingBytes;

  Part(Need need, Column column, ChunkRead chunk) {
    this.need = need;
    this.column = column;
    this.chunk = chunk;
    this.failure = chunk.knownFailure().orElse(null);
  }

  final Need need() {
    return need;
  }

  final Column column() {
    return column;
  }

  final ChunkRead chunk() {
    return chunk;
  }

  /// Whether it is known that it cannot be read.
  final boolean hopeless() {
    return failure != null;
  }

  /// It has landed; takes over the lease.
  final void landed(Lease lease) {
    encoded = lease;
  }

  /// It could not be read; the failure is in its place.
  final void failed(PenstockException problem) {
    failure = problem;
  }

  /// Gives back what has landed, if anything has.
  final void release() {
    Lease lease = encoded;
    if (lease != null) {
      encoded = null;
      lease.close();
    }
  }

  /// Decodes it and hands on what of it is wanted, or the failure; gives back what has landed. On a
  /// codec thread; does not throw.
  ///
  /// @param store that it was read from
  /// @param scratch has room for a decoded chunk for each codec thread
  /// @param tally counts it when it is decoded, before anything is handed on
  /// @param onDone takes batches that wait for nothing any more
  final void finish(
      Store store,
      CodecContext context,
      Reservation scratch,
      LoaderTally tally,
      Consumer<BatchAssembly> onDone) {
    Lease lease = encoded;
    if (lease != null) {
      try {
        decode(store, lease.segment(), context, scratch, tally, onDone);
      } catch (RuntimeException | Error e) {
        PenstockException typed = PendingTransfer.typed(e, "decode a chunk of " + chunk.array());
        chunk.distrust(store, typed);
        failure = chunk.placed(typed);
      } finally {
        release();
      }
    }
    PenstockException problem = failure;
    if (problem != null) {
      fail(problem, onDone);
    }
  }

  private void decode(
      Store store,
      MemorySegment stored,
      CodecContext context,
      Reservation scratch,
      LoaderTally tally,
      Consumer<BatchAssembly> onDone) {
    MemorySegment whole = wholeTarget();
    if (whole != null) {
      chunk.decode(store, stored, whole, context, tally::askedAgain);
      tally.decoded(this);
      settle(whole, onDone);
      return;
    }
    try (Lease room = scratch.lease(chunk.array().codec().decodedBytes())) {
      chunk.decode(store, stored, room.segment(), context, tally::askedAgain);
      tally.decoded(this);
      scatter(room.segment(), onDone);
    }
  }

  /// Where the chunk goes if it is wanted as a whole in one place, or null.
  abstract @Nullable MemorySegment wholeTarget();

  /// The chunk was decoded into [#wholeTarget].
  abstract void settle(MemorySegment whole, Consumer<BatchAssembly> onDone);

  /// Copies what is wanted of the decoded chunk.
  abstract void scatter(MemorySegment decoded, Consumer<BatchAssembly> onDone);

  /// Tells those who want some of it. Nothing was scattered.
  abstract void fail(PenstockException problem, Consumer<BatchAssembly> onDone);
}
