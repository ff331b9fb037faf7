package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.Order;
import io.penstock.load.SampleOrder;
import io.penstock.store.MemoryStore;
import io.penstock.store.RangeRequest;
import io.penstock.tensor.Shape;
import io.penstock.testing.CountingStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// What a loader reads that has no more memory than the least that a plan names: the batches are
/// the same, nobody waits for ever, and what that costs of reading is bounded. Bytes are counted,
/// of two epochs each.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SmallestMemoryTest {
  private static final int BATCH = 8;
  private static final int EPOCHS = 2;
  private static final int ROWS = 448;
  private static final int GROUP = 16;
  private static final List<List<String>> TENSORS =
      List.of(
          List.of("image"),
          List.of("image", "label"),
          List.of("text"),
          List.of("text", "label"),
          WrittenVersion.TENSORS);

  private final CodecThreads threads = new CodecThreads(2);
  private final CountingStore store =
      new CountingStore(new MemoryStore(InstantSource.fixed(Instant.EPOCH)));

  /// A group of images is a chunk of more than 64 KiB, a group of texts some chunks.
  private final WrittenVersion version = new WrittenVersion(Shape.of(70, 70), 20_000);

  SmallestMemoryTest() {
    Random random = new Random(11);
    version.fragment(store, random, 304, GROUP, "none");
    version.fragment(store, random, ROWS - 304, GROUP, "zstd:1");
  }

  @AfterAll
  void close() {
    threads.close();
  }

  private ReadEngine engine(BufferPool pool) {
    return new ReadEngine(store, version.content(), new ReadEngine.Parts(pool, threads));
  }

  /// Bytes read in two epochs, for each stored byte of these tensors.
  private double readsOfAByte(Order order, List<String> tensors) {
    LoaderOptions options = LoaderOptions.of(tensors, BATCH, order).withEpochs(EPOCHS).withSeed(3);
    long read;
    long stored = 0;
    try (BufferPool pool = SmallestPool.of(options, this::engine)) {
      try (ReadEngine engine = engine(pool);
          Loader loader = engine.loader(options)) {
        for (RangeRequest chunk : engine.storedChunks(tensors)) {
          stored += chunk.range().length();
        }
        store.reset(); // what has been read so far are the catalogs, which the engine keeps
        new UnsteadyConsumer(new Random(1), false)
            .take(
                loader,
                epoch ->
                    new InOrder(
                        version,
                        options,
                        loader.batchesPerEpoch(),
                        SampleOrder.of(engine.samples(), loader.order(), options.seed(), epoch)));
        read = store.bytesRead();
      }
      assertThat(pool.peakBytes()).isLessThanOrEqualTo(pool.budgetBytes());
      assertThat(pool.usedBytes()).isZero();
    }
    return (double) read / stored;
  }

  @Test
  void everyByteIsReadOnceForAllEpochs_whenSamplesAreShuffledAsAWhole() {
    for (List<String> tensors : TENSORS) {
      assertThat(readsOfAByte(Order.full(), tensors)).as("%s", tensors).isEqualTo(1);
    }
  }

  @Test
  void everyByteIsReadOnceAnEpoch_whenRunsAreWhole() {
    for (Order order : List.of(Order.sequential(), new Order.Runs(2 * GROUP))) {
      for (List<String> tensors : TENSORS) {
        assertThat(readsOfAByte(order, tensors))
            .as("%s of %s", order, tensors)
            .isBetween(1.0, 1.0 * EPOCHS);
      }
    }
  }

  @Test
  void aGroupIsReadOnceMoreForEachBorderOfALane() {
    long groups = ROWS / GROUP;
    for (long lanes : new long[] {2, 4, 8}) {
      for (List<String> tensors : TENSORS) {
        assertThat(readsOfAByte(Order.lanes(2 * GROUP, lanes), tensors))
            .as("%s lanes, %s", lanes, tensors)
            .isBetween(1.0, EPOCHS * (1 + 2.0 * lanes / groups));
      }
    }
  }
}
