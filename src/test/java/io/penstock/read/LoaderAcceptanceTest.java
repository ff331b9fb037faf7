package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.error.CorruptDataException;
import io.penstock.load.Batch;
import io.penstock.load.BatchForm;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderState;
import io.penstock.load.LoaderStats;
import io.penstock.load.OnBadSample;
import io.penstock.load.Order;
import io.penstock.load.RaggedMode;
import io.penstock.load.Remainder;
import io.penstock.load.SampleOrder;
import io.penstock.load.Share;
import io.penstock.store.MemoryStore;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PutCondition;
import io.penstock.store.Store;
import io.penstock.tensor.Shape;
import io.penstock.testing.CountingStore;
import io.penstock.testing.Operation;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// What a loader promises of whole epochs: the same global batches for every world size and through
/// every stop, within its memory, beside others, with no more requests than it needs.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LoaderAcceptanceTest {
  private static final int[] WORLD_SIZES = {1, 2, 3, 4, 6, 8, 12};

  private final CodecThreads threads = new CodecThreads(2);
  private final MemoryStore store = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
  private final WrittenVersion version = new WrittenVersion(Shape.of(8, 8), 100);

  LoaderAcceptanceTest() {
    Random random = new Random(17);
    version.fragment(store, random, 300, 8, "zstd:1");
    version.fragment(store, random, 41, 4, "none");
    version.fragment(store, random, 150, 16, "none");
  }

  @AfterAll
  void close() {
    threads.close();
  }

  private ReadEngine engine(Store from, WrittenVersion of, BufferPool pool) {
    return new ReadEngine(from, of.content(), new ReadEngine.Parts(pool, threads));
  }

  private static List<Order> orders() {
    return List.of(
        Order.sequential(),
        Order.full(),
        new Order.Runs(16),
        Order.lanes(16, 48),
        new Order.Lanes(16, 8, true, 0));
  }

  @Test
  void ranksTogetherHaveTheSameGlobalBatches_forEveryWorldSize() {
    for (Order order : orders()) {
      TreeMap<Long, List<Long>> alone = new TreeMap<>();
      for (int ranks : WORLD_SIZES) {
        TreeMap<Long, List<Long>> batches = new TreeMap<>();
        for (int rank = 0; rank < ranks; rank++) {
          LoaderOptions options =
              LoaderOptions.of(WrittenVersion.TENSORS, 24, order)
                  .withSeed(5)
                  .withShare(new Share(rank, ranks));
          try (BufferPool pool = BufferPool.create(16 << 20);
              ReadEngine engine = engine(store, version, pool);
              Loader loader = engine.loader(options)) {
            for (Batch batch : loader) {
              try (batch) {
                version.check(batch, batch.sampleIds());
                batches.computeIfAbsent(batch.index(), _ -> new ArrayList<>());
                for (long id : batch.sampleIds()) {
                  batches.get(batch.index()).add(id);
                }
              }
            }
          }
        }
        batches.values().forEach(ids -> ids.sort(null));
        if (ranks == 1) {
          alone = batches;
        }
        assertThat(batches).as(order + ", ranks " + ranks).isEqualTo(alone);
        Set<Long> all = new HashSet<>();
        batches.values().forEach(all::addAll);
        assertThat(all).hasSize(version.samples());
        assertThat(batches.values().stream().mapToInt(List::size).sum())
            .isEqualTo(version.samples());
      }
    }
  }

  /// A thousand jobs that are stopped now and then and go on with another number of ranks.
  @Test
  void concatenatedStreamIsTheUninterruptedOne_whereverItIsStopped() {
    try (BufferPool pool = BufferPool.create(16 << 20);
        ReadEngine engine = engine(store, version, pool)) {
      Seeds.each(LoaderAcceptanceTest.class, 1000, (random, _) -> history(engine, random));
    }
  }

  private void history(ReadEngine engine, Random random) {
    Order order = orders().get(random.nextInt(5));
    Remainder remainder = Remainder.values()[random.nextInt(3)];
    LoaderOptions base =
        LoaderOptions.of(List.of("image", "label"), 24, order)
            .withSeed(random.nextLong())
            .withRemainder(remainder);
    LoaderState state = null;
    long epoch = 0;
    long index = 0;
    for (int segment = random.nextInt(2); segment < 3; segment++) {
      int ranks = WORLD_SIZES[random.nextInt(3)];
      int batches = 1 + random.nextInt(4);
      if (state != null && random.nextBoolean()) {
        state = LoaderState.fromBytes(LoaderState.fromJson(state.toJson()).toBytes());
      }
      LoaderState before = state;
      for (int rank = 0; rank < ranks; rank++) {
        LoaderOptions options = base.withShare(new Share(rank, ranks));
        options = before == null ? options : options.withSeed(0).withResume(before);
        try (Loader loader = engine.loader(options)) {
          assertThat(loader.epoch()).isEqualTo(epoch);
          for (int i = 0; i < batches; i++) {
            next(loader, engine, base, options.share(), epoch, index + i);
          }
          state = loader.state();
        }
      }
      index += batches;
      if (random.nextInt(3) == 0) {
        long left = version.samples() / 24 - 2 - index;
        if (left > 0) {
          try (Loader loader = engine.loader(base.withResume(state))) {
            loader.skip(left);
            state = loader.state();
          }
          index += left;
        }
      }
    }
  }

  private void next(
      Loader loader, ReadEngine engine, LoaderOptions base, Share share, long epoch, long index) {
    SampleOrder order = SampleOrder.of(engine.samples(), loader.order(), base.seed(), epoch);
    if (index * 24 + 24 > version.samples()) {
      return; // the last batch has tests of its own
    }
    try (Batch batch = loader.next().orElseThrow()) {
      assertThat(batch.index()).isEqualTo(index);
      version.check(batch, WrittenVersion.rows(order, index, base.withShare(share)));
    }
  }

  @Test
  void iteratorGoesThroughTheNextEpoch_whenTheLoaderIsResumedAtTheEndOfOne() {
    for (Order order : orders()) {
      for (RaggedMode mode : List.of(RaggedMode.offsets(), RaggedMode.maxBytes(900))) {
        LoaderOptions options =
            LoaderOptions.of(WrittenVersion.TENSORS, 24, order)
                .withForm(BatchForm.AS_STORED.withRagged(mode));
        try (BufferPool pool = BufferPool.create(32 << 20);
            ReadEngine engine = engine(store, version, pool);
            Loader loader = engine.loader(options)) {
          List<Long> first = ids(loader);
          LoaderState end = loader.state();
          assertThat(end.epoch()).isZero();
          List<Long> second = ids(loader);
          assertThat(first).hasSize(version.samples());
          try (Loader resumed = engine.loader(options.withResume(end))) {
            resumed.start();
            assertThat(ids(resumed)).as("%s, %s", order, mode).isEqualTo(second);
            assertThat(resumed.epoch()).isEqualTo(1);
          }
          try (Loader resumed = engine.loader(options.withResume(end))) {
            assertThat(resumed.next()).as("as it was told before the stop").isEmpty();
            assertThat(resumed.endOfEpoch()).isTrue();
            assertThat(ids(resumed)).isEqualTo(second);
          }
        }
      }
    }
  }

  private static List<Long> ids(Loader loader) {
    List<Long> ids = new ArrayList<>();
    for (Batch batch : loader) {
      try (batch) {
        for (long id : batch.sampleIds()) {
          ids.add(id);
        }
      }
    }
    return ids;
  }

  @Test
  void nothingIsFetchedBehindTheLastEpoch_whenItIsSaidHowManyThereAre() {
    for (Order order : orders()) {
      LoaderOptions options =
          LoaderOptions.of(WrittenVersion.TENSORS, 24, order).withEpochs(3).withSeed(4);
      try (BufferPool pool = BufferPool.create(32 << 20);
          ReadEngine engine = engine(store, version, pool)) {
        LoaderState beforeLast;
        try (Loader loader = engine.loader(options)) {
          ids(loader);
          ids(loader);
          beforeLast = loader.state();
          ids(loader);
          assertNothingFollows(loader);
        }
        try (Loader resumed = engine.loader(options.withResume(beforeLast))) {
          assertThat(ids(resumed)).hasSize(version.samples());
          assertNothingFollows(resumed);
        }
      }
    }
  }

  /// All has been planned and taken, and nothing is on its way.
  private static void assertNothingFollows(Loader loader) {
    LoaderStats.Occupancy occupancy = loader.stats().occupancy();
    assertThat(occupancy.batchesPlanned()).isZero();
    assertThat(occupancy.requestsInFlight()).isZero();
  }

  @Test
  void budgetIsNeverExceeded_overAnEpochOfTenTimesAsManyRaggedBytes() {
    MemoryStore large = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
    WrittenVersion ragged = new WrittenVersion(Shape.of(4), 50_000);
    Random random = new Random(2);
    ragged.fragment(large, random, 1500, 4, "none");
    ragged.fragment(large, random, 900, 8, "none");
    LoaderOptions options =
        LoaderOptions.of(List.of("text"), 4, Order.lanes(32, 4)).withMaxBatchBytes(200_000);
    try (BufferPool pool = BufferPool.create(4 << 20)) {
      long bytes = 0;
      try (ReadEngine engine = engine(large, ragged, pool);
          Loader loader = engine.loader(options)) {
        for (Batch batch : loader) {
          try (batch) {
            ragged.check(batch, batch.sampleIds());
            bytes += batch.tensor("text").segment().byteSize();
            assertThat(pool.heldBytes()).isLessThanOrEqualTo(pool.budgetBytes());
          }
        }
      }
      assertThat(bytes).isGreaterThan(10 * pool.budgetBytes());
      assertThat(pool.peakBytes()).isLessThanOrEqualTo(pool.budgetBytes());
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @Test
  void loaderGoesOn_whileAnotherOneHoldsAllThatItCanGet() {
    LoaderOptions options = LoaderOptions.of(WrittenVersion.TENSORS, 8, Order.lanes(16, 16));
    try (BufferPool pool = BufferPool.create(48 << 20);
        ReadEngine engine = engine(store, version, pool);
        Loader training = engine.loader(options);
        Loader validation = engine.loader(options.withSeed(1))) {
      List<Batch> held = new ArrayList<>();
      training.start();
      for (int i = 0; i < 3; i++) {
        held.add(training.next().orElseThrow());
      }
      long samples = 0;
      for (Batch batch : validation) {
        try (batch) {
          version.check(batch, batch.sampleIds());
          samples += batch.samples();
        }
      }
      assertThat(samples).isEqualTo(version.samples());
      for (Batch batch : held) {
        version.check(batch, batch.sampleIds());
        samples += batch.samples();
        batch.close();
      }
      for (var batch = training.next(); batch.isPresent(); batch = training.next()) {
        samples += batch.get().samples();
        batch.get().close();
      }
      assertThat(samples).isEqualTo(2L * version.samples());
    }
  }

  @Test
  void requestsAreThoseThatTheOrderNeeds() {
    MemoryStore plain = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
    WrittenVersion images = new WrittenVersion(Shape.of(100, 100), 1);
    images.fragment(plain, new Random(1), 1600, 16, "none");
    CountingStore counted = new CountingStore(plain);
    long groups = 100;
    try (BufferPool pool = BufferPool.create(64 << 20)) {
      long sequential = reads(counted, images, pool, Order.sequential(), 1);
      long lanes = reads(counted, images, pool, Order.lanes(64, 8), 1);
      long lanesBytes = counted.bytesRead();
      // Some groups in each request, but the first ones; labels of all samples in one request.
      assertThat(sequential).isBetween(2L, groups / 2);
      assertThat(lanes).isBetween(groups / 8, groups + 2 * 8 + 1);
      assertThat(lanesBytes).isLessThan((groups + 2 * 8) * 16 * 10_004 + 8 * 1600 + 1000);
      long once = reads(counted, images, pool, Order.full(), 1);
      assertThat(once).isLessThanOrEqualTo(groups + 1);
      assertThat(counted.bytesRead()).isLessThan(1600 * 10_008 + groups * 4 + 80_000);
      long again = reads(counted, images, pool, Order.full(), 3);
      assertThat(again)
          .as("what is shuffled as a whole is read once")
          .isLessThanOrEqualTo(groups + 1);
    }
  }

  /// Ranged reads of some epochs, none of which is begun before it is asked for.
  private long reads(
      CountingStore counted, WrittenVersion images, BufferPool pool, Order order, int epochs) {
    try (ReadEngine engine = engine(counted, images, pool);
        Loader loader = engine.loader(LoaderOptions.of(List.of("image", "label"), 16, order))) {
      counted.reset();
      for (int epoch = 0; epoch < epochs; epoch++) {
        for (Batch batch : loader) {
          batch.close();
        }
      }
      return counted.requests(Operation.READ);
    }
  }

  @Test
  void damagedSamplesAreMaskedOrReplaced_andCountsStay() {
    MemoryStore damaged = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
    for (ObjectInfo info : store.list("", "", 1000).objects()) {
      byte[] content = store.get(info.key(), 1 << 30).orElseThrow().content();
      if (info.key().startsWith("fragment0/image/c/")) {
        content[0] ^= 1; // of the first chunk: samples 0 to 7
      }
      damaged.put(info.key(), MemorySegment.ofArray(content), PutCondition.NONE);
    }
    for (Order order : orders()) {
      LoaderOptions options = LoaderOptions.of(List.of("image", "label"), 24, order);
      try (BufferPool pool = BufferPool.create(16 << 20);
          ReadEngine engine = engine(damaged, version, pool);
          Loader failing = engine.loader(options)) {
        assertThatThrownBy(() -> failing.forEach(Batch::close))
            .isInstanceOf(CorruptDataException.class);
        mask(engine, options.withOnBadSample(OnBadSample.MASK));
        replace(engine, options.withOnBadSample(OnBadSample.REPLACE));
      }
    }
  }

  private void mask(ReadEngine engine, LoaderOptions options) {
    int masked = 0;
    try (Loader loader = engine.loader(options)) {
      for (Batch batch : loader) {
        try (batch) {
          boolean[] mask = batch.mask();
          for (int i = 0; i < batch.samples(); i++) {
            long row = batch.sampleIds()[i];
            byte[] image =
                batch.tensor("image").segment().asSlice(64L * i, 64).toArray(ValueLayout.JAVA_BYTE);
            assertThat(mask[i]).isEqualTo(row >= 8);
            assertThat(image).isEqualTo(mask[i] ? version.sample("image", row) : new byte[64]);
            masked += mask[i] ? 0 : 1;
          }
        }
      }
    }
    assertThat(masked).isEqualTo(8);
  }

  private void replace(ReadEngine engine, LoaderOptions options) {
    long samples = 0;
    try (Loader loader = engine.loader(options)) {
      for (Batch batch : loader) {
        try (batch) {
          long[] rows = batch.sampleIds();
          assertThat(Arrays.stream(rows).min().orElseThrow()).isGreaterThanOrEqualTo(8);
          version.check(batch, rows);
          assertThat(batch.mask()).doesNotContain(false);
          samples += batch.samples();
        }
      }
    }
    assertThat(samples).isEqualTo(version.samples());
  }
}
