package io.penstock;

import io.penstock.store.MemoryStore;
import io.penstock.testing.CountingStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.UnaryOperator;

/// An instance and a dataset in memory, whose requests are counted. Closing it fails if a byte of
/// the instance's memory is still leased.
final class DatasetInMemory implements AutoCloseable {
  final CountingStore store =
      new CountingStore(new MemoryStore(InstantSource.fixed(Instant.EPOCH)));
  final Penstock penstock;
  final Dataset dataset;

  /// @param settings those of the instance, beside its memory and threads
  DatasetInMemory(UnaryOperator<Penstock.Builder> settings) {
    penstock = settings.apply(Penstock.builder().memory(64 << 20).threads(2)).build();
    dataset = penstock.create(store);
  }

  @Override
  public void close() {
    dataset.close();
    penstock.close();
  }
}
