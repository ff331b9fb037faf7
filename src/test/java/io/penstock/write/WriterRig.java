package io.penstock.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.format.Schema;
import io.penstock.store.Store;

/// The parts that writers of a test share. Closing it checks that no memory is out and that the
/// budget was kept.
final class WriterRig implements AutoCloseable {
  static final String FRAGMENT = "fragment-1";

  private final BufferPool pool;
  private final CodecThreads threads;

  WriterRig(long budgetBytes, int codecThreads) {
    pool = BufferPool.create(budgetBytes);
    threads = new CodecThreads(codecThreads);
  }

  BufferPool pool() {
    return pool;
  }

  FragmentWriter writer(Store store, Schema schema, WriteOptions options) {
    return writer(store, FRAGMENT, schema, options);
  }

  FragmentWriter writer(Store store, String fragment, Schema schema, WriteOptions options) {
    return new FragmentWriter(
        store, fragment, schema, options, new FragmentWriter.Parts(pool, threads));
  }

  /// Writes samples as one fragment, so many a call.
  FragmentWriter.Written write(
      Store store, TestSamples samples, WriteOptions options, int samplesPerCall) {
    try (FragmentWriter writer = writer(store, samples.schema(), options)) {
      samples.appendTo(writer, samplesPerCall);
      return writer.finish();
    }
  }

  @Override
  public void close() {
    threads.close();
    assertThat(pool.usedBytes()).as("bytes of the pool that are out").isZero();
    assertThat(pool.peakBytes()).isLessThanOrEqualTo(pool.budgetBytes());
    pool.close();
  }
}
