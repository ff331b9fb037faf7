package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.Order;
import io.penstock.load.Remainder;
import io.penstock.load.SampleOrder;
import io.penstock.load.Share;
import io.penstock.load.TensorBatch;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoaderTest {
  private final MemoryStore store = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
  private final CodecThreads threads = new CodecThreads(2);
  private final Random random = seeded();

  @AfterEach
  void closeThreads() {
    threads.close();
  }

  private static Random seeded() {
    long seed = new Random().nextLong();
    System.out.println("LoaderTest seed " + seed);
    return new Random(seed);
  }

  private ReadEngine engine(HandBuilt version, BufferPool pool) {
    return new ReadEngine(store, version.content(), new ReadEngine.Parts(pool, threads));
  }

  private static LoaderOptions options(int batchSize, boolean drop) {
    return LoaderOptions.of(List.of("text", "image", "label"), batchSize, Order.sequential())
        .withRemainder(drop ? Remainder.DROP : Remainder.UNEVEN);
  }

  @ParameterizedTest
  @CsvSource({"1, false", "3, true", "7, false", "16, false", "64, true", "1000, false"})
  void batchesAreTheSamplesInOrder_overTwoEpochs(int batchSize, boolean drop) {
    HandBuilt version = HandBuilt.mixed(store, random, 5);
    try (BufferPool pool = BufferPool.create(64 << 20)) {
      try (ReadEngine engine = engine(version, pool);
          Loader loader = engine.loader(options(batchSize, drop))) {
        long expected =
            drop ? version.samples() / batchSize : -Math.floorDiv(-version.samples(), batchSize);
        assertThat(loader.batchesPerEpoch()).isEqualTo(expected);
        for (int epoch = 0; epoch < 2; epoch++) {
          int position = 0;
          int index = 0;
          for (Batch batch : loader) {
            try (batch) {
              assertThat(batch.epoch()).isEqualTo(epoch);
              assertThat(batch.index()).isEqualTo(index++);
              check(version, batch, position);
              position += batch.samples();
            }
          }
          assertThat(index).isEqualTo(Math.toIntExact(expected));
        }
      }
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"6, 3, 1", "6, 3, 2", "8, 16, 4", "5, 1, 1"})
  void batchesAreTheSamplesOfTheOrder_whenTheyAreShuffled(int batch, long lanes, int ranks) {
    HandBuilt version = HandBuilt.mixed(store, random, 5);
    for (Order order : List.of(Order.lanes(8, lanes), new Order.Runs(8), Order.full())) {
      for (int rank = 0; rank < ranks; rank++) {
        LoaderOptions options =
            LoaderOptions.of(List.of("text", "image", "label"), batch, order)
                .withSeed(random.nextLong())
                .withShare(new Share(rank, ranks));
        try (BufferPool pool = BufferPool.create(64 << 20);
            ReadEngine engine = engine(version, pool);
            Loader loader = engine.loader(options)) {
          for (int epoch = 0; epoch < 2; epoch++) {
            SampleOrder expected =
                SampleOrder.of(engine.samples(), loader.order(), options.seed(), epoch);
            for (Batch each : loader) {
              try (each) {
                check(version, each, rows(expected, each.index() * batch, options));
              }
            }
          }
        }
      }
    }
  }

  /// The rows of a rank's part of a batch.
  private static long[] rows(SampleOrder order, long from, LoaderOptions options) {
    return LongStream.range(from, Math.min(order.samples(), from + options.batchSize()))
        .filter(at -> order.rank(at, options.share().worldSize()) == options.share().rank())
        .map(order::row)
        .toArray();
  }

  private static void check(HandBuilt version, Batch batch, int position) {
    check(version, batch, LongStream.range(position, (long) position + batch.samples()).toArray());
  }

  /// Compares a batch of the mixed version with its samples.
  private static void check(HandBuilt version, Batch batch, long[] rows) {
    assertThat(batch.samples()).isEqualTo(rows.length);
    assertThat(batch.tensors()).containsExactly("text", "image", "label");
    for (int tensor = 0; tensor < 3; tensor++) {
      String name = version.content().schema().tensors().get(tensor).name();
      TensorBatch part = batch.tensor(name);
      ByteArrayOutputStream expected = new ByteArrayOutputStream();
      List<Long> offsets = new ArrayList<>(List.of(0L));
      for (int i = 0; i < batch.samples(); i++) {
        expected.writeBytes(version.samples.get(tensor).get((int) rows[i]));
        Shape shape = version.shapes.get(tensor).get((int) rows[i]);
        assertThat(part.sampleShape(i)).isEqualTo(shape);
        offsets.add(offsets.getLast() + shape.elements());
      }
      assertThat(part.segment().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected.toByteArray());
      assertThat(part.segment().address() % 256).isZero();
      if (name.equals("text")) {
        assertThat(part.offsets().toArray(ValueLayout.JAVA_LONG))
            .containsExactly(offsets.stream().mapToLong(Long::longValue).toArray());
      }
    }
    assertThat(batch.sampleIds()).isEqualTo(Arrays.stream(rows).map(row -> 1000 + row).toArray());
  }

  @Test
  void nextSaysEndOfEpochAndGoesOn_whenCalledWithoutAnIterator() {
    HandBuilt version = HandBuilt.mixed(store, random, 2);
    try (BufferPool pool = BufferPool.create(64 << 20);
        ReadEngine engine = engine(version, pool);
        Loader loader = engine.loader(options(1 << 20, false))) {
      loader.start();
      for (int epoch = 0; epoch < 3; epoch++) {
        assertThat(loader.epoch()).isEqualTo(epoch);
        Optional<Batch> batch = loader.next();
        assertThat(batch).isPresent();
        assertThat(loader.endOfEpoch()).isFalse();
        check(version, batch.get(), 0);
        batch.get().close();
        assertThat(loader.poll(Duration.ofSeconds(1))).isEmpty();
        assertThat(loader.endOfEpoch()).isTrue();
      }
    }
  }

  @Test
  void endOfEpochIsStillTold_afterSkippingNothing_butNotAfterSkippingWhatEndsIt() {
    HandBuilt version = HandBuilt.mixed(store, random, 2);
    try (BufferPool pool = BufferPool.create(64 << 20);
        ReadEngine engine = engine(version, pool);
        Loader loader = engine.loader(options(1 << 20, false))) {
      loader.next().orElseThrow().close();
      loader.skip(0);
      assertThat(loader.epoch()).isZero();
      assertThat(loader.next()).isEmpty();
      loader.skip(1);
      assertThat(loader.epoch()).isEqualTo(2);
      loader.next().orElseThrow().close();
    }
  }

  @Test
  void nextIteratorIsTheNextEpoch_whenOneIsLeftInTheMiddle() {
    HandBuilt version = HandBuilt.mixed(store, random, 4);
    try (BufferPool pool = BufferPool.create(64 << 20)) {
      try (ReadEngine engine = engine(version, pool);
          Loader loader = engine.loader(options(3, false))) {
        for (int epoch = 0; epoch < 5; epoch++) {
          int taken = 0;
          for (Batch batch : loader) {
            try (batch) {
              assertThat(batch.epoch()).isEqualTo(epoch);
              check(version, batch, taken * 3);
            }
            if (++taken == 2) {
              break;
            }
          }
        }
      }
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @Test
  void everythingComesBack_whenItIsClosedWithBatchesInFlight() {
    HandBuilt version = HandBuilt.mixed(store, random, 6);
    for (int taken = 0; taken < 4; taken++) {
      try (BufferPool pool = BufferPool.create(64 << 20);
          ReadEngine engine = engine(version, pool)) {
        List<Batch> kept = new ArrayList<>();
        try (Loader loader = engine.loader(options(5, false))) {
          loader.start();
          for (int i = 0; i < taken; i++) {
            kept.add(loader.next().orElseThrow());
          }
        }
        assertThat(pool.usedBytes() > 0).isEqualTo(taken > 0);
        for (int i = 0; i < taken; i++) {
          check(version, kept.get(i), 5 * i);
          kept.get(i).close();
        }
        assertThat(pool.usedBytes()).isZero();
      }
    }
  }

  @Test
  void consumerGetsAnExplanation_whenItHoldsAllMemory() {
    HandBuilt version = HandBuilt.mixed(store, random, 20);
    try (BufferPool pool = BufferPool.create(4 << 20)) {
      try (ReadEngine engine = engine(version, pool);
          Loader loader = engine.loader(options(2, false))) {
        List<Batch> held = new ArrayList<>();
        assertThatThrownBy(
                () -> {
                  while (held.size() < loader.batchesPerEpoch()) {
                    held.add(loader.next().orElseThrow());
                  }
                })
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining(held.size() + " batches that were not closed");
        check(version, held.getLast(), 2 * (held.size() - 1));
        held.forEach(Batch::close);
        Batch next = loader.next().orElseThrow();
        check(version, next, 2 * held.size());
        next.close();
      }
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @Test
  void loaderIsRefusedWithItsMinimum_whenThatDoesNotFit() {
    HandBuilt version = HandBuilt.mixed(store, random, 1);
    try (BufferPool pool = BufferPool.create(256 << 10);
        ReadEngine engine = engine(version, pool)) {
      assertThatThrownBy(() -> engine.loader(options(2, false)))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("needs at least");
      assertThatThrownBy(() ->
              engine.loader(
                  LoaderOptions.of(List.of("image"), 4, Order.sequential()).withMaxBatchBytes(50)))
          .hasMessageContaining("maxBatchBytes is 50");
      assertThatThrownBy(
              () -> engine.loader(LoaderOptions.of(List.of("none"), 4, Order.sequential())))
          .isInstanceOfSatisfying(
              PenstockException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.TENSOR_NOT_FOUND));
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @Test
  void waitingConsumerFails_whenTheLoaderIsClosedByAnother() throws Exception {
    HandBuilt version = HandBuilt.mixed(store, random, 1);
    try (BufferPool pool = BufferPool.create(64 << 20);
        ReadEngine engine =
            new ReadEngine(
                new StalledStore(store), version.content(), new ReadEngine.Parts(pool, threads));
        var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Loader loader = engine.loader(options(2, false));
      Future<Optional<Batch>> waiting = executor.submit(loader::next);
      assertThat(loader.poll(Duration.ZERO)).isEmpty();
      loader.close();
      assertThatThrownBy(waiting::get).hasRootCauseMessage("the loader is closed");
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @Test
  void batchThrows_whenItIsClosed() {
    HandBuilt version = HandBuilt.mixed(store, random, 1);
    try (BufferPool pool = BufferPool.create(64 << 20);
        ReadEngine engine = engine(version, pool);
        Loader loader = engine.loader(options(2, false))) {
      Batch batch = loader.next().orElseThrow();
      TensorBatch image = batch.tensor("image");
      batch.close();
      batch.close();
      assertThatThrownBy(() -> batch.tensor("image")).hasMessage("the batch is closed");
      assertThatThrownBy(image::segment).hasMessage("the batch is closed");
    }
  }
}
