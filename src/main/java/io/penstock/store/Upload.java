package io.penstock.store;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;

/// An object in the making, streamed in parts. One thread at a time; the parts themselves travel in
/// parallel. Nothing is visible before [#complete].
public interface Upload extends AutoCloseable {
  /// The smallest part but the last that every S3 accepts, in bytes.
  long MIN_PART_BYTES = 5L << 20;

  /// Stores that write to files save a copy of a part whose address and whose position in the
  /// object are the same modulo so many bytes.
  long BLOCK_BYTES = 4096;

  /// Appends a part behind those appended before. Does not wait for the network. Every part but the
  /// last has at least [#MIN_PART_BYTES]. The segment is borrowed until the future is done, also
  /// when that fails.
  CompletableFuture<Void> append(MemorySegment part);

  /// Waits for all parts and makes the object visible, under a key that nobody else writes: an
  /// object that is there already is an error (`PRECONDITION_FAILED`) where the store can tell.
  ObjectInfo complete();

  /// Discards what was not completed: waits until no part is in flight, then aborts. Idempotent;
  /// does nothing after [#complete]. May be called from a stage of a part's future.
  @Override
  void close();
}
