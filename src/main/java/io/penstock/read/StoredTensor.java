package io.penstock.read;

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
  record Ragged(StoredArray values, StoredArray offset, StoredArray shape) implements StoredTensor {
    @Override
    public long weightBytes() {
      return weight(values) + weight(offset) + weight(shape);
    }
  }

  private static long weight(StoredArray array) {
    return 1000 + array.index().weightBytes() + 100L * array.shards();
  }
}
