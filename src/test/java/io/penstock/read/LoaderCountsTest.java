package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.load.Batch;
import io.penstock.load.BatchForm;
import io.penstock.load.Bottleneck;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderStats;
import io.penstock.load.Order;
import io.penstock.load.SampleEdit;
import io.penstock.load.Share;
import io.penstock.load.ShuffleReport;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.Shape;
import io.penstock.testing.CountingStore;
import io.penstock.testing.GatedStore;
import io.penstock.testing.Operation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a loader says of itself: counts against those of the store, times against a clock that
/// moves when the test says so, events of the flight recorder.
class LoaderCountsTest {
  private static final int ROWS = 1000;
  private static final int BATCH = 20;
  private static final List<String> STAGES =
      List.of("Plan", "Fetch", "Decode", "Transform", "Assemble", "HandOver", "Epoch");
  private static final Duration PAUSE = Duration.ofMillis(400);

  private final GatedStore gate =
      new GatedStore(new MemoryStore(InstantSource.fixed(Instant.EPOCH)));
  private final CountingStore store = new CountingStore(gate);
  private final WrittenVersion version = new WrittenVersion(Shape.of(3, 5), 9);
  private final AtomicLong clock = new AtomicLong();
  private final CodecThreads threads = new CodecThreads(2);
  private final BufferPool pool = BufferPool.create(64 << 20);
  private ReadEngine engine;

  @BeforeEach
  void write() {
    version.fragment(store, new Random(1), ROWS, 10, "zstd:1");
    store.reset();
    engine =
        new ReadEngine(store, version.content(), new ReadEngine.Parts(pool, threads, clock::get));
  }

  @AfterEach
  void close() {
    engine.close();
    threads.close();
    pool.close();
  }

  private static LoaderOptions options(Order order) {
    return LoaderOptions.of(List.of("image"), BATCH, order).withEpochs(2);
  }

  private static void epoch(Loader loader) {
    for (Optional<Batch> batch = loader.next(); batch.isPresent(); batch = loader.next()) {
      batch.get().close();
    }
  }

  /// Asks again and again, while time goes by by nanoseconds.
  private LoaderStats await(Loader loader, Predicate<LoaderStats> condition) {
    LoaderStats stats = loader.stats();
    while (!condition.test(stats)) {
      clock.incrementAndGet();
      Thread.onSpinWait();
      stats = loader.stats();
    }
    return stats;
  }

  @Test
  void nothingHasHappened_whenNothingWasAskedFor() {
    try (Loader loader = engine.loader(options(Order.lanes(20, 20)))) {
      LoaderStats stats = loader.stats();

      assertThat(stats.elapsed()).isZero();
      assertThat(stats.stallShare()).isZero();
      assertThat(stats.batches()).isZero();
      assertThat(stats.fetching().requests()).isZero();
      assertThat(stats.shuffle()).isEmpty();
      assertThat(stats.occupancy().batchesPlanned()).isZero();
      assertThat(stats.bottleneck())
          .isEqualTo(new Bottleneck(Bottleneck.Kind.CONSUMER, "no batch has been asked for yet"));
    }
  }

  @Test
  void countsAreThoseOfTheStore() {
    try (Loader loader = engine.loader(options(Order.lanes(20, 20)).withSeed(3))) {
      epoch(loader);
      epoch(loader);
      LoaderStats stats = loader.stats();

      assertThat(stats.batches()).isEqualTo(2 * ROWS / BATCH);
      assertThat(stats.samples()).isEqualTo(2 * ROWS);
      assertThat(stats.decodedBytes()).isEqualTo(2L * ROWS * 15);
      assertThat(stats.fetching().requests())
          .isEqualTo(store.requests(Operation.READ))
          .isPositive();
      assertThat(stats.fetching().bytesFetched()).isLessThanOrEqualTo(store.bytesRead());
      assertThat(stats.fetching().bytesUsed())
          .isPositive()
          .isLessThanOrEqualTo(stats.fetching().bytesFetched());
      assertThat(stats.fetching().failed()).isZero();
      assertThat(stats.fetching().mostInFlight()).isPositive();
      assertThat(stats.decoding().threads()).isEqualTo(2);
      assertThat(stats.decoding().decodedBytes()).isEqualTo(stats.decoding().chunks() * 10 * 15);
      assertThat(stats.occupancy().requestsInFlight()).isZero();
      assertThat(stats.occupancy().batchesPlanned()).isZero();
      assertThat(stats.shuffle()).extracting(ShuffleReport::epoch).containsExactly(0L, 1L);
      assertThat(stats.shuffle()).extracting(ShuffleReport::samples).containsOnly((long) ROWS);
    }
  }

  @Test
  void aShareOfAChunkIsFetchedTwice_whenRanksShareIt() {
    LoaderOptions alone = options(Order.sequential()).withEpochs(1);
    try (Loader loader = engine.loader(alone)) {
      epoch(loader);
      assertThat(loader.stats().fetching().bytesFetchedTwice()).isZero();
    }
    LoaderOptions half =
        LoaderOptions.of(List.of("image"), 10, Order.sequential())
            .withShare(new Share(1, 2))
            .withEpochs(1);
    try (Loader loader = engine.loader(half)) {
      epoch(loader);
      LoaderStats.Fetching fetching = loader.stats().fetching();
      assertThat(fetching.bytesFetchedTwice())
          .isCloseTo(fetching.bytesUsed() / 2, org.assertj.core.data.Offset.offset(100L));
    }
  }

  @Test
  void theConsumerWaitsForTheNetwork_whileTheStoreDoesNotAnswer() throws InterruptedException {
    try (Loader loader = engine.loader(options(Order.lanes(20, 20)))) {
      epoch(loader);
      loader.next().ifPresent(Batch::close);
      // Fewer than a hundred requests: the slowest of them is their 99th percentile, even if it is
      // the only one that was on its way while the store did not answer.
      LoaderOptions other =
          options(Order.lanes(20, 20)).withSeed(9).withEpochs(1).withShare(new Share(0, 2));
      gate.shut();
      try (Loader stalled = engine.loader(other)) {
        Thread consumer = Thread.ofVirtual().start(() -> stalled.next().ifPresent(Batch::close));
        LoaderStats before =
            await(
                stalled,
                stats ->
                    stats.waits().total().isPositive() && stats.occupancy().requestsInFlight() > 0);
        clock.addAndGet(PAUSE.toNanos());
        LoaderStats after = stalled.stats();
        gate.open();
        consumer.join();

        assertThat(after.waits().network().minus(before.waits().network()))
            .isGreaterThanOrEqualTo(PAUSE);
        assertThat(after.stallShare()).isGreaterThan(0.99);
        assertThat(after.bottleneck().kind()).isEqualTo(Bottleneck.Kind.NETWORK);
        assertThat(stalled.stats().fetching().requests()).isLessThan(100);
        assertThat(stalled.stats().fetching().p99()).isGreaterThanOrEqualTo(PAUSE);
      }
    }
  }

  @Test
  void theConsumerWaitsForCodecThreads_whileTheyAreBusyWithOtherThings()
      throws InterruptedException {
    CountDownLatch release = new CountDownLatch(1);
    for (int i = 0; i < threads.count(); i++) {
      threads.submit(_ -> {
        try {
          release.await();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      });
    }
    try (Loader loader = engine.loader(options(Order.lanes(20, 20)))) {
      Thread consumer = Thread.ofVirtual().start(() -> loader.next().ifPresent(Batch::close));
      LoaderStats before =
          await(
              loader,
              stats ->
                  stats.waits().decode().isPositive()
                      && stats.occupancy().requestsInFlight() == 0
                      && stats.occupancy().chunksWaiting() > threads.count());
      clock.addAndGet(PAUSE.toNanos());
      LoaderStats after = loader.stats();
      release.countDown();
      consumer.join();

      assertThat(after.waits().decode().minus(before.waits().decode()))
          .isGreaterThanOrEqualTo(PAUSE);
      assertThat(after.bottleneck().kind()).isEqualTo(Bottleneck.Kind.DECODE);
    }
  }

  @Test
  void itIsTheConsumer_whenBatchesAreThereBeforeTheyAreAskedFor() {
    try (Loader loader = engine.loader(options(Order.lanes(20, 20)))) {
      loader.next().ifPresent(Batch::close);
      for (int i = 0; i < 10; i++) {
        await(loader, stats -> stats.occupancy().batchesReady() > 0);
        clock.addAndGet(PAUSE.toNanos());
        loader.next().ifPresent(Batch::close);
      }
      LoaderStats stats = loader.stats();

      assertThat(stats.elapsed()).isGreaterThanOrEqualTo(PAUSE.multipliedBy(10));
      assertThat(stats.bottleneck().kind()).isEqualTo(Bottleneck.Kind.CONSUMER);
    }
  }

  @Test
  void whatHooksTakeIsCountedApart() {
    SampleEdit slow = (_, _) -> clock.addAndGet(PAUSE.toNanos());
    BatchForm form = BatchForm.AS_STORED.withHook("image", slow);
    try (Loader loader = engine.loader(options(Order.lanes(20, 20)).withForm(form))) {
      epoch(loader);
      LoaderStats stats = loader.stats();

      assertThat(stats.decoding().transforming())
          .as("each sample takes its time, and that of those beside it")
          .isGreaterThanOrEqualTo(PAUSE.multipliedBy(ROWS));
      assertThat(stats.decodedBytes()).isEqualTo(ROWS * 15L);
      assertThat(stats.decoding().decoding())
          .as("while a sample takes its time, one other thread can decode")
          .isLessThanOrEqualTo(stats.decoding().transforming());
    }
  }

  @Test
  void everyStageHasItsEvents_whenTheFlightRecorderAsksForThem(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("loader.jfr");
    LoaderStats stats;
    try (Recording recording = new Recording()) {
      for (String stage : STAGES) {
        recording.enable("io.penstock." + stage).withoutThreshold();
      }
      recording.start();
      SampleEdit nothing = (_, _) -> {};
      BatchForm form = BatchForm.AS_STORED.withHook("image", nothing);
      try (Loader loader = engine.loader(options(Order.lanes(20, 20)).withForm(form))) {
        epoch(loader);
        epoch(loader);
        stats = loader.stats();
      }
      recording.stop();
      recording.dump(file);
    }

    Map<String, List<RecordedEvent>> events =
        RecordingFile.readAllEvents(file).stream()
            .collect(Collectors.groupingBy(event -> event.getEventType().getName()));
    assertThat(events.get("io.penstock.Plan")).hasSize(2 * ROWS / BATCH);
    assertThat(events.get("io.penstock.Fetch"))
        .hasSize(Math.toIntExact(stats.fetching().requests()))
        .allMatch(event -> event.getBoolean("success"));
    assertThat(sum(events.get("io.penstock.Fetch"), "bytes"))
        .isEqualTo(stats.fetching().bytesFetched());
    assertThat(events.get("io.penstock.Decode"))
        .hasSize(Math.toIntExact(stats.decoding().chunks()));
    assertThat(sum(events.get("io.penstock.Transform"), "samples")).isEqualTo(2 * ROWS);
    assertThat(events.get("io.penstock.Assemble")).hasSize(2 * ROWS / BATCH);
    assertThat(events.get("io.penstock.HandOver")).hasSize(2 * ROWS / BATCH);
    assertThat(sum(events.get("io.penstock.HandOver"), "samples")).isEqualTo(2 * ROWS);
    long batches = ROWS / BATCH;
    for (String stage : List.of("Plan", "Assemble", "HandOver")) {
      List<RecordedEvent> ofBatches = events.get("io.penstock." + stage);
      assertThat(sum(ofBatches, "epoch")).as(stage).isEqualTo(batches);
      assertThat(sum(ofBatches, "batch")).as(stage).isEqualTo(batches * (batches - 1));
    }
    assertThat(events.get("io.penstock.Transform"))
        .allMatch(event -> event.getLong("epoch") < 2 && event.getLong("batch") < batches);
    assertThat(events.get("io.penstock.Epoch"))
        .extracting(event -> event.getLong("epoch"))
        .as("in any order, which a recording does not have")
        .containsExactlyInAnyOrder(0L, 1L);
    assertThat(events.get("io.penstock.Epoch"))
        .allMatch(event -> event.getDouble("sameRunPairsPromised") < 1)
        .allMatch(event -> event.getLong("samples") == ROWS);
  }

  private static long sum(List<RecordedEvent> events, String field) {
    return events.stream().mapToLong(event -> ((Number) event.getValue(field)).longValue()).sum();
  }
}
