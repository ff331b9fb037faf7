package io.penstock.read;

import io.penstock.format.Catalog;
import java.util.Optional;

/// One tensor of one fragment, ready to be read. Immutable but for pinned tags, thread-safe.
sealed interface StoredTensor {
  /// Heap bytes that it keeps, roughly.
  long weightBytes();

  /// One array whose rows are samples.
  record Fixed(StoredArray array) implements StoredTensor {
    @Override
    public long weightBytes() {
      return weight(array);
    }
  }

  /// Elements in a row, and for each sample where they begin and what shape they have.
  ///
  /// @param catalog that knows where groups begin, unless it is damaged or gone
  record Ragged(
      StoredArray values, StoredArray offset, StoredArray shape, Optional<Catalog> catalog)
      implements StoredTensor {
    @Override
    public long weightBytes() {
      long groups = catalog.map(Catalog::groups).orElse(0L);
      return weight(values) + weight(offset) + weight(shape) + Long.BYTES * groups;
    }

    /// Among which chunks of the values the elements of a group of samples are, whoever wants them;
    /// none if that is known from the samples' own entries alone.
    ChunkSpan groupChunks(long group) {
      if (catalog.isEmpty()) {
        return new ChunkSpan(0, 0);
      }
      Catalog known = catalog.get();
      long end =
          group + 1 < known.groups()
              ? known.groupFirstChunk(group + 1)
              : Math.ceilDiv(values.length(0), values.chunkLength(0));
      return new ChunkSpan(known.groupFirstChunk(group), end);
    }
  }

  /// The chunks from one (inclusive) to another (exclusive).
  record ChunkSpan(long from, long to) {}

  private static long weight(StoredArray array) {
    return 1000 + array.index().weightBytes() + 100L * array.shards();
  }
}
