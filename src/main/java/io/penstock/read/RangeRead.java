package io.penstock.read;

import io.penstock.store.ByteRange;
import java.util.List;

/// One ranged read of one shard, which fetches one or more chunks; bytes between them are skipped.
///
/// @param chunks of one shard, in order of their offsets, not overlapping, at least one
record RangeRead(List<ChunkRead> chunks) {
  /// Copies the list.
  RangeRead {
    chunks = List.copyOf(chunks);
  }

  StoredArray array() {
    return chunks.getFirst().array();
  }

  int shard() {
    return chunks.getFirst().shard();
  }

  /// The bytes to ask for, absolute.
  ByteRange range() {
    long offset = chunks.getFirst().offset();
    return new ByteRange(offset, chunks.getLast().end() - offset);
  }

  /// Bytes of it that nobody wants.
  long gapBytes() {
    return range().length() - chunks.stream().mapToLong(ChunkRead::length).sum();
  }
}
