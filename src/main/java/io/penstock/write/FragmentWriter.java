package io.penstock.write;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.Schema;
import io.penstock.store.Store;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The door of the writing line: one fragment in the making. Samples are cut into chunks, encoded in
/// parallel, packed into shards that stream out in parts while they grow, within a reservation of the
/// pool. One thread at a time. Nothing that it writes is part of any version before a commit names it.
public final class FragmentWriter implements AutoCloseable {
  /// The parts that writers share; whoever made them closes them.
  ///
  /// @param pool of all buffers
  /// @param threads that encode
  public record Parts(BufferPool pool, CodecThreads threads) {}

  /// The samples of one tensor in one call, in schema order. Elements are C order, in this machine's
  /// byte order, and borrowed for the call.
  public sealed interface Column {
    /// Samples of one shape, one behind the other.
    record Fixed(MemorySegment elements) implements Column {}

    /// Samples of differing shapes, one behind the other; `shapes` holds samples × rank lengths, int32.
    record Ragged(MemorySegment elements, MemorySegment shapes) implements Column {}
  }

  /// A finished fragment: its layout and its entry, layout index 0 and first id 0 until a commit
  /// places it.
  public record Written(Layout layout, FragmentEntry entry) {}

  /// A writer of one fragment. Does no I/O.
  ///
  /// @param fragment id, a key below the root that nobody else has
  public FragmentWriter(
      Store store, String fragment, Schema schema, WriteOptions options, Parts parts) {
    throw new UnsupportedOperationException("write room");
  }

  /// Appends samples to all tensors. May block while the budget is full.
  public void append(long samples, List<Column> columns) {
    throw new UnsupportedOperationException("write room");
  }

  /// Samples so far.
  public long samples() {
    throw new UnsupportedOperationException("write room");
  }

  /// Writes what is left, the metadata and the catalogs, and waits for all of it.
  public Written finish() {
    throw new UnsupportedOperationException("write room");
  }

  /// Discards an unfinished fragment: stops uploads, returns all memory. Whole objects that were
  /// completed stay as orphans. Idempotent.
  @Override
  public void close() {
    throw new UnsupportedOperationException("write room");
  }
}
