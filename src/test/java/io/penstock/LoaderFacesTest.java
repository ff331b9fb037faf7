package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.load.LoaderFlux;
import io.penstock.load.LoaderState;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.testing.GatedStore;
import java.io.File;
import java.lang.foreign.ValueLayout;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/// The ways to take batches from a loader. Sample i has the id i and the value i.
class LoaderFacesTest {
  private static final int SAMPLES = 100;
  private static final int BATCH = 8;
  private static final int BATCHES = 13;

  private final GatedStore store =
      new GatedStore(new MemoryStore(InstantSource.fixed(Instant.EPOCH)));
  private Penstock penstock;
  private Dataset dataset;
  private Loader loader;

  @BeforeEach
  void openLoader() {
    penstock = Penstock.builder().memory(64 << 20).threads(2).build();
    dataset = penstock.create(store);
    try (DatasetWriter writer =
        dataset.writer().tensor("value", DataType.INT64, Shape.of(100)).chunkSamples(8).open()) {
      writer.append(
          Samples.of(SAMPLES)
              .with("value", LongStream.range(0, SAMPLES * 100).map(i -> i / 100).toArray()));
      writer.commit("numbers");
    }
    loader = dataset.version().loader().sequential().batchSize(BATCH).build();
  }

  /// Closing the instance fails if a byte of its memory is still leased.
  @AfterEach
  void close() {
    store.open();
    loader.close();
    dataset.close();
    penstock.close();
  }

  private static long first(Batch batch) {
    return batch.tensor("value").segment().get(ValueLayout.JAVA_LONG, 0);
  }

  /// The first samples of the batches of an epoch.
  private static List<Long> firsts() {
    return LongStream.range(0, BATCHES).map(i -> i * BATCH).boxed().toList();
  }

  @Test
  void aStreamIsAnEpoch_andClosesWhatIsLeftOpen() {
    List<Batch> kept = new ArrayList<>();
    for (int epoch = 0; epoch < 2; epoch++) {
      try (Stream<Batch> batches = loader.stream()) {
        List<Long> found = batches.peek(kept::add).map(LoaderFacesTest::first).toList();
        assertThat(found).isEqualTo(firsts());
        assertThat(kept).hasSize(BATCHES).noneMatch(Batch::closed);
      }
      assertThat(kept).allMatch(Batch::closed);
      kept.clear();
    }
    try (Stream<Batch> batches = loader.stream().parallel()) {
      batches.limit(2).forEach(kept::add);
    }
    assertThat(kept).hasSize(2).allMatch(Batch::closed);
  }

  @Test
  void nextAsyncBringsTheSameBatches_andTheEndOfTheEpoch() throws Exception {
    List<Long> found = new ArrayList<>();
    for (Optional<Batch> next = loader.nextAsync().get();
        next.isPresent();
        next = loader.nextAsync().get()) {
      try (Batch batch = next.get()) {
        found.add(first(batch));
      }
    }
    assertThat(found).isEqualTo(firsts());
    assertThat(loader.epoch()).isEqualTo(1);
  }

  @Test
  void theLoaderStaysWhereItIs_whenAWaitIsCancelled() throws Exception {
    store.shut();
    CompletableFuture<Optional<Batch>> given = loader.nextAsync();
    LoaderState before = loader.state();
    assertThat(given.cancel(true)).isTrue();
    CompletableFuture<Optional<Batch>> next = loader.nextAsync();
    store.open();
    try (Batch batch = next.get().orElseThrow()) {
      assertThat(first(batch)).isZero();
    }
    assertThat(loader.state().samples()).isEqualTo(before.samples() + BATCH);
  }

  @Test
  void anInterruptedThreadTakesNothing_evenIfTheBatchIsThere() {
    loader.start();
    while (loader.stats().occupancy().batchesReady() == 0) {
      Thread.onSpinWait();
    }
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(loader::next)
          .isInstanceOfSatisfying(
              PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERRUPTED));
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    try (Batch batch = loader.next().orElseThrow()) {
      assertThat(first(batch)).isZero();
    }
  }

  @Test
  void nextAsyncFailsAsNextDoes() {
    loader.close();
    ExecutionException failure =
        catchThrowableOfType(ExecutionException.class, () -> loader.nextAsync().get());
    assertThat(failure).hasCauseInstanceOf(RefusedException.class);
    assertThat(((PenstockException) failure.getCause()).code()).isEqualTo(ErrorCode.CLOSED);
  }

  @Test
  void aRetainedBatchHasALifeOfItsOwn() {
    Batch batch = loader.next().orElseThrow();
    Batch retained = batch.retain();
    batch.close();
    assertThat(batch.closed()).isTrue();
    assertThatThrownBy(() -> batch.tensor("value")).hasMessageContaining("closed");
    assertThatThrownBy(batch::retain).hasMessageContaining("closed");
    assertThat(first(retained)).isZero();
    assertThat(retained.sampleIds()).hasSize(BATCH);
    Batch again = retained.retain();
    retained.close();
    retained.close();
    assertThat(first(again)).isZero();
    loader.close();
    assertThat(first(again)).as("it outlives its loader").isZero();
    again.close();
  }

  @Test
  void aFluxIsAnEpoch_andTheNextSubscriptionTheNextOne() {
    Flux<Long> values = LoaderFlux.of(loader).map(LoaderFacesTest::firstAndClose);
    assertThat(values.collectList().block()).isEqualTo(firsts());
    assertThat(values.collectList().block()).isEqualTo(firsts());
    assertThat(loader.epoch()).isEqualTo(2);
  }

  private static long firstAndClose(Batch batch) {
    try (batch) {
      return first(batch);
    }
  }

  @Test
  void aFluxTakesNoMoreBatchesThanWereRequested() throws InterruptedException {
    CountDownLatch three = new CountDownLatch(3);
    List<Long> found = new ArrayList<>();
    BaseSubscriber<Batch> subscriber =
        new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(Subscription subscription) {
            request(3);
          }

          @Override
          protected void hookOnNext(Batch batch) {
            found.add(firstAndClose(batch));
            three.countDown();
          }
        };
    LoaderFlux.of(loader).subscribe(subscriber);
    three.await();
    assertThat(found).containsExactly(0L, 8L, 16L);
    assertThat(loader.state().samples()).isEqualTo(3 * BATCH);
    subscriber.cancel();
    try (Batch next = loader.next().orElseThrow()) {
      assertThat(first(next)).isEqualTo(24);
    }
  }

  /// That nothing stays open, the end of the test sees.
  @Test
  void batchesInTheBuffersOfAPipelineAreClosed_whenItIsCancelled() {
    List<Long> found =
        LoaderFlux.through(
                loader,
                batches ->
                    batches
                        .publishOn(Schedulers.immediate(), 4)
                        .filter(batch -> batch.index() != 1)
                        .map(LoaderFacesTest::firstAndClose)
                        .take(2))
            .collectList()
            .block();
    assertThat(found).containsExactly(0L, 16L);
  }

  @Test
  void aBatchThatArrivesTooLateIsClosed_whenTheSubscriptionIsCancelled() throws Exception {
    store.shut();
    BaseSubscriber<Batch> subscriber = new BaseSubscriber<>() {};
    LoaderFlux.of(loader).subscribe(subscriber);
    subscriber.cancel();
    store.open();
    try (Batch batch = loader.nextAsync().get().orElseThrow()) {
      assertThat(first(batch)).isZero();
    }
  }

  @Test
  void aFluxFailsWithTheFailureOfTheLoader() {
    loader.close();
    assertThatThrownBy(() -> LoaderFlux.of(loader).blockLast())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void theMessageNamesWhatToAdd_whenReactorIsNotThere() throws Exception {
    String version =
        Files.readString(Path.of("pom.xml"))
            .replaceFirst("(?s).*<reactor.version>(.*?)</reactor.version>.*", "$1");
    List<URL> withoutReactor = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (!entry.contains("reactor-core")) {
        withoutReactor.add(Path.of(entry).toUri().toURL());
      }
    }
    try (URLClassLoader classes =
        new URLClassLoader(
            withoutReactor.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      Runnable user =
          (Runnable)
              classes.loadClass(FluxUser.class.getName()).getDeclaredConstructor().newInstance();
      assertThatThrownBy(user::run)
          .hasMessageContaining("add io.projectreactor:reactor-core:" + version);
    }
  }

  /// Somebody who asks for a Flux.
  public static final class FluxUser implements Runnable {
    @Override
    public void run() {
      Objects.requireNonNull(LoaderFlux.of(null));
    }
  }
}
