package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.load.Batch;
import io.penstock.load.BatchForm;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderPlan;
import io.penstock.load.LoaderState;
import io.penstock.load.OnBadSample;
import io.penstock.load.Order;
import io.penstock.load.OrderSource;
import io.penstock.load.RaggedMode;
import io.penstock.load.RaggedMode.MaxBytes;
import io.penstock.load.RaggedMode.Overlong;
import io.penstock.load.RaggedMode.Pack;
import io.penstock.load.RaggedMode.Pad;
import io.penstock.load.Remainder;
import io.penstock.load.SampleOrder;
import io.penstock.load.Share;
import io.penstock.store.MemoryStore;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PutCondition;
import io.penstock.store.Store;
import io.penstock.tensor.Shape;
import io.penstock.testing.CountingStore;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Batches of as many samples as so many bytes or rows hold: which they are, and that they are the
/// same for all ranks, through every stop, and whatever the timing.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GatheredLoaderTest {
  private static final int BATCH = 12;
  private static final int LONGEST = 100;

  private final List<CodecThreads> threads =
      List.of(new CodecThreads(2), new CodecThreads(1), new CodecThreads(5));
  private final MemoryStore store = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
  private final WrittenVersion version = new WrittenVersion(Shape.of(8, 8), LONGEST);

  GatheredLoaderTest() {
    // Two windows of 64 batches of 12 samples, and a bit.
    Random random = new Random(23);
    version.fragment(store, random, 900, 8, "zstd:1");
    version.fragment(store, random, 341, 4, "none");
    version.fragment(store, random, 450, 16, "none");
  }

  @AfterAll
  void close() {
    threads.forEach(CodecThreads::close);
  }

  private ReadEngine engine(Store from, BufferPool pool) {
    return engine(from, pool, threads.getFirst());
  }

  private ReadEngine engine(Store from, BufferPool pool, CodecThreads codec) {
    return new ReadEngine(from, version.content(), new ReadEngine.Parts(pool, codec));
  }

  private static List<Order> orders() {
    return List.of(
        Order.sequential(), Order.full(), Order.lanes(16, 24), new Order.Lanes(16, 4, true, 0));
  }

  private static List<RaggedMode> modes() {
    return List.of(
        RaggedMode.maxBytes(900),
        new MaxBytes(1500, new Pad(0, 7, Overlong.REFUSE)),
        new MaxBytes(1500, new Pad(60, 0, Overlong.CUT)),
        new Pack(LONGEST, 4, 9, Overlong.REFUSE),
        new Pack(60, 12, 0, Overlong.CUT));
  }

  private static LoaderOptions options(RaggedMode mode, Order order) {
    return LoaderOptions.of(WrittenVersion.TENSORS, BATCH, order)
        .withSeed(5)
        .withForm(BatchForm.AS_STORED.withRagged(mode));
  }

  private GatheredBatches expected(
      ReadEngine engine, Loader loader, LoaderOptions options, long epoch) {
    SampleOrder order = SampleOrder.of(engine.samples(), loader.order(), options.seed(), epoch);
    return new GatheredBatches(version, options, order, epoch);
  }

  /// The epochs of one order, each worked out once, whichever rank asks.
  private final class Epochs {
    private final LoaderOptions options;
    private final Map<Long, GatheredBatches> epochs = new HashMap<>();

    Epochs(LoaderOptions options) {
      this.options = options;
    }

    GatheredBatches of(ReadEngine engine, Loader loader, long epoch) {
      return epochs.computeIfAbsent(epoch, _ -> expected(engine, loader, options, epoch));
    }
  }

  @Test
  void everySampleComesOnceAnEpoch_inTheSameGlobalBatchesForEveryWorldSize() {
    for (Order order : orders()) {
      for (RaggedMode mode : modes()) {
        List<List<Long>> alone = new ArrayList<>();
        Epochs expected = new Epochs(options(mode, order));
        for (int ranks : new int[] {1, 4}) {
          List<List<Long>> batches = new ArrayList<>();
          for (int rank = 0; rank < ranks; rank++) {
            epochs(expected, new Share(rank, ranks), batches);
          }
          alone = ranks == 1 ? batches : alone;
          assertThat(batches).as("%s, %s, %s ranks", order, mode, ranks).isEqualTo(alone);
        }
      }
    }
  }

  /// Reads two epochs of one rank, and adds the ids of each batch to those of the ranks before it.
  private void epochs(Epochs epochs, Share share, List<List<Long>> batches) {
    LoaderOptions options = epochs.options.withShare(share);
    try (BufferPool pool = BufferPool.create(32 << 20);
        ReadEngine engine = engine(store, pool);
        Loader loader = engine.loader(options)) {
      int at = 0;
      for (int epoch = 0; epoch < 2; epoch++) {
        GatheredBatches expected = epochs.of(engine, loader, epoch);
        List<Long> indexes = new ArrayList<>();
        for (Batch batch : loader) {
          try (batch) {
            expected.check(batch, share);
            assertThat(loader.state().samples()).isEqualTo(expected.behind(batch.index()));
            indexes.add(batch.index());
            if (at == batches.size()) {
              batches.add(new ArrayList<>());
            }
            for (long id : batch.sampleIds()) {
              batches.get(at).add(id);
            }
            at++;
          }
        }
        assertThat(indexes).isEqualTo(expected.indexes());
      }
      assertThat(loader.stats().batches()).isEqualTo(at);
      assertThat(at).isEqualTo(batches.size());
      if (options.share().rank() + 1 == options.share().worldSize()) {
        List<Long> all = batches.stream().flatMap(List::stream).sorted().toList();
        assertThat(all).hasSize(2 * version.samples());
        for (int i = 0; i < all.size(); i++) {
          assertThat(all.get(i)).isEqualTo(i / 2);
        }
      }
    }
  }

  /// Jobs that are stopped now and then and go on with another number of ranks, or elsewhere.
  @Test
  void concatenatedStreamIsTheUninterruptedOne_whereverItIsStopped() {
    try (BufferPool pool = BufferPool.create(32 << 20);
        ReadEngine engine = engine(store, pool)) {
      Seeds.each(GatheredLoaderTest.class, 24, (random, _) -> history(engine, random));
    }
  }

  private void history(ReadEngine engine, Random random) {
    LoaderOptions base =
        options(modes().get(random.nextInt(5)), orders().get(random.nextInt(4)))
            .withSeed(random.nextLong());
    Epochs epochs = new Epochs(base);
    long epoch = 0;
    int at = 0;
    LoaderState state = null;
    for (int segment = 0; segment < 4; segment++) {
      int ranks = new int[] {1, 2, 4}[random.nextInt(3)];
      int batches = 1 + random.nextInt(3);
      long skipped = random.nextInt(3) > 0 ? 0 : random.nextInt(200);
      LoaderState before = state;
      long epochBefore = epoch;
      int atBefore = at;
      for (int rank = 0; rank < ranks; rank++) {
        LoaderOptions options = base.withShare(new Share(rank, ranks));
        LoaderOptions resumed = before == null ? options : options.withSeed(1).withResume(before);
        try (Loader loader = engine.loader(resumed)) {
          epoch = epochBefore;
          at = atBefore;
          GatheredBatches expected = epochs.of(engine, loader, epoch);
          assertThat(loader.epoch()).isEqualTo(epoch);
          for (int i = 0; i < batches; i++) {
            if (at == expected.indexes().size()) {
              assertThat(loader.next()).isEmpty();
              expected = epochs.of(engine, loader, ++epoch);
              at = 0;
            }
            try (Batch batch = loader.next().orElseThrow()) {
              assertThat(batch.epoch()).isEqualTo(epoch);
              assertThat(batch.index()).isEqualTo(expected.indexes().get(at++));
              expected.check(batch, options.share());
            }
          }
          loader.skip(skipped);
          for (long left = skipped; ; left -= expected.indexes().size() - at) {
            if (left < expected.indexes().size() - at
                || (skipped == 0 && left == expected.indexes().size() - at)) {
              at += (int) left;
              break;
            }
            left -= expected.indexes().size() - at;
            at = 0;
            expected = epochs.of(engine, loader, ++epoch);
            left += expected.indexes().size() - at;
          }
          state = loader.state();
        }
      }
    }
  }

  @Test
  void batchesAreTheSame_whateverTheTimingAndTheMemory() {
    Seeds.each(GatheredLoaderTest.class, Integer.getInteger("penstock.gathered", 40), this::run);
  }

  private void run(Random random, long seed) {
    int ranks = new int[] {1, 2, 4}[random.nextInt(3)];
    LoaderOptions options =
        options(modes().get(random.nextInt(5)), orders().get(random.nextInt(4)))
            .withSeed(random.nextLong())
            .withEpochs(random.nextInt(3))
            .withMaxBatchBytes(4 << 20)
            .withShare(new Share(random.nextInt(ranks), ranks));
    CodecThreads codec = threads.get(random.nextInt(3));
    double failures = random.nextInt(3) == 0 ? 0.02 : 0;
    try (BufferPool pool =
        random.nextBoolean()
            ? SmallestPool.of(options, memory -> engine(store, memory, codec))
            : BufferPool.create(32 << 20)) {
      try (ShakyStore shaky = new ShakyStore(store, seed, failures);
          ReadEngine engine = engine(shaky, pool, codec);
          Loader loader = engine.loader(options)) {
        new UnsteadyConsumer(random, failures > 0)
            .take(
                loader,
                epoch -> new InWindows(loader, epoch, expected(engine, loader, options, epoch)));
      }
      assertThat(pool.usedBytes()).isZero();
      assertThat(pool.peakBytes()).isLessThanOrEqualTo(pool.budgetBytes());
    }
  }

  /// Batches that are gathered anew. Where the sizes of a window cannot be read, the loader goes on
  /// with the next one.
  private final class InWindows implements UnsteadyConsumer.Expected {
    private final Loader loader;
    private final long epoch;
    private final GatheredBatches batches;

    InWindows(Loader loader, long epoch, GatheredBatches batches) {
      this.loader = loader;
      this.epoch = epoch;
      this.batches = batches;
    }

    @Override
    public boolean more(long taken) {
      return loader.epoch() == epoch && loader.state().samples() < version.samples();
    }

    @Override
    public void check(Batch batch, long taken, long samples) {
      assertThat(batch.index()).isEqualTo(samples);
      batches.check(batch);
      assertThat(loader.state().samples()).isEqualTo(batches.behind(samples));
    }
  }

  @Test
  void budgetIsNeverExceeded_withTheLeastThatThePlanNames() {
    MemoryStore large = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
    WrittenVersion ragged = new WrittenVersion(Shape.of(4), 50_000);
    Random random = new Random(2);
    ragged.fragment(large, random, 1500, 4, "none");
    ragged.fragment(large, random, 900, 8, "none");
    for (RaggedMode mode :
        List.of(
            RaggedMode.maxBytes(120_000),
            new MaxBytes(120_000, RaggedMode.pad()),
            RaggedMode.pack(50_000, 2))) {
      LoaderOptions options =
          LoaderOptions.of(List.of("text", "label"), 4, Order.lanes(32, 4))
              .withForm(BatchForm.AS_STORED.withRagged(mode));
      long bytes = 0;
      LoaderPlan plan;
      try (BufferPool pool = BufferPool.create(1 << 30);
          ReadEngine engine =
              new ReadEngine(
                  large, ragged.content(), new ReadEngine.Parts(pool, threads.getFirst()))) {
        plan = engine.plan(options, new OrderSource(engine.samples(), "", ""));
      }
      long most = mode instanceof MaxBytes(_, RaggedMode.Offsets _) ? 8 << 20 : 32 << 20;
      assertThat(plan.leastMemoryBytes()).as(mode.toString()).isLessThan(most);
      try (BufferPool pool = BufferPool.create(plan.leastMemoryBytes() + (1 << 20))) {
        long batches = 0;
        try (ReadEngine engine =
                new ReadEngine(
                    large, ragged.content(), new ReadEngine.Parts(pool, threads.getFirst()));
            Loader loader = engine.loader(options)) {
          for (Batch batch : loader) {
            try (batch) {
              bytes += batch.tensor("text").segment().byteSize();
              batches++;
              assertThat(pool.heldBytes()).isLessThanOrEqualTo(pool.budgetBytes());
            }
          }
        }
        assertThat((double) batches / plan.batches()).as(mode.toString()).isBetween(0.7, 1.4);
        assertThat(pool.peakBytes()).isLessThanOrEqualTo(pool.budgetBytes());
        assertThat(pool.usedBytes()).isZero();
      }
      assertThat(bytes).isGreaterThan(40 << 20);
    }
  }

  @Test
  void chunksAreNotReadMoreOftenThanWithoutGathering_whereMemoryAllowsIt() {
    MemoryStore plain = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
    WrittenVersion texts = new WrittenVersion(Shape.of(4), 8_000);
    texts.fragment(plain, new Random(4), 3200, 16, "none");
    CountingStore counted = new CountingStore(plain);
    for (Order order : List.of(Order.sequential(), Order.lanes(64, 8), Order.lanes(32, 32))) {
      long without = bytesRead(counted, texts, order, RaggedMode.offsets());
      for (RaggedMode mode :
          List.of(
              RaggedMode.bucket(),
              RaggedMode.maxBytes(20_000),
              RaggedMode.maxBytes(60_000),
              new MaxBytes(30_000, RaggedMode.pad()),
              RaggedMode.pack(8_000, 2),
              RaggedMode.pack(16_000, 8))) {
        assertThat((double) bytesRead(counted, texts, order, mode) / without)
            .as("%s, %s", order, mode)
            .isLessThan(1.1);
      }
    }
  }

  private long bytesRead(
      CountingStore counted, WrittenVersion texts, Order order, RaggedMode mode) {
    LoaderOptions options =
        LoaderOptions.of(List.of("text", "label"), 16, order)
            .withForm(BatchForm.AS_STORED.withRagged(mode));
    try (BufferPool pool = BufferPool.create(256 << 20);
        ReadEngine engine =
            new ReadEngine(
                counted, texts.content(), new ReadEngine.Parts(pool, threads.getFirst()));
        Loader loader = engine.loader(options)) {
      counted.reset();
      loader.forEach(Batch::close);
      return counted.bytesRead();
    }
  }

  // ---- samples that do not fit

  @Test
  void aSampleThatIsLargerThanTheBoundIsABatchOfItsOwn() {
    LoaderOptions options = options(RaggedMode.maxBytes(160), Order.sequential());
    long samples = 0;
    for (int rank = 0; rank < 3; rank++) {
      LoaderOptions ofRank = options.withShare(new Share(rank, 3));
      try (BufferPool pool = BufferPool.create(32 << 20);
          ReadEngine engine = engine(store, pool);
          Loader loader = engine.loader(ofRank)) {
        GatheredBatches expected = expected(engine, loader, ofRank, 0);
        int empty = 0;
        for (Batch batch : loader) {
          try (batch) {
            expected.check(batch);
            long bytes = batch.tensor("text").segment().byteSize() + 72L * batch.samples();
            assertThat(bytes <= 160 || batch.samples() == 1).isTrue();
            samples += batch.samples();
            empty += batch.samples() == 0 ? 1 : 0;
          }
        }
        assertThat(empty > 0).isEqualTo(rank < 2);
      }
    }
    assertThat(samples).isEqualTo(version.samples());
  }

  @Test
  void theBatchFailsNamingTheSample_whenItIsLongerThanARow() {
    LoaderOptions options = options(new Pack(60, 4, 0, Overlong.REFUSE), Order.sequential());
    try (BufferPool pool = BufferPool.create(32 << 20);
        ReadEngine engine = engine(store, pool);
        Loader loader = engine.loader(options)) {
      GatheredBatches expected = expected(engine, loader, options, 0);
      int failed = 0;
      for (long index : expected.indexes()) {
        boolean fits = true;
        for (long row : expected.rows(index, Share.WHOLE)) {
          fits &= version.sample("text", row).length <= 60;
        }
        if (fits) {
          try (Batch batch = loader.next().orElseThrow()) {
            expected.check(batch);
          }
        } else {
          assertThatThrownBy(loader::next)
              .isInstanceOf(RefusedException.class)
              .hasMessageMatching(
                  "tensor text, sample id \\d+: its length \\d+ exceeds 60, that of a row.*");
          failed++;
        }
      }
      assertThat(failed).isPositive();
      assertThat(loader.next()).isEmpty();
    }
  }

  // ---- damage

  /// The store with one byte changed in the first object that fits.
  private MemoryStore damaged(Predicate<String> which) {
    MemoryStore damaged = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
    boolean done = false;
    for (ObjectInfo info : store.list("", "", 1000).objects()) {
      byte[] content = store.get(info.key(), 1 << 30).orElseThrow().content();
      if (!done && which.test(info.key())) {
        content[0] ^= 1;
        done = true;
      }
      damaged.put(info.key(), MemorySegment.ofArray(content), PutCondition.NONE);
    }
    assertThat(done).isTrue();
    return damaged;
  }

  @Test
  void damagedSamplesAreMasked_andCountsStay() {
    MemoryStore damaged = damaged(key -> key.startsWith("fragment0/image/c/"));
    for (RaggedMode mode : modes()) {
      LoaderOptions options = options(mode, Order.lanes(16, 24));
      try (BufferPool pool = BufferPool.create(32 << 20);
          ReadEngine engine = engine(damaged, pool)) {
        try (Loader failing = engine.loader(options)) {
          assertThatThrownBy(() -> failing.forEach(Batch::close))
              .isInstanceOf(CorruptDataException.class);
        }
        assertThatThrownBy(() -> engine.loader(options.withOnBadSample(OnBadSample.REPLACE)))
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining("text cannot be replaced");
        try (Loader loader = engine.loader(options.withOnBadSample(OnBadSample.MASK))) {
          GatheredBatches expected = expected(engine, loader, options, 0);
          int masked = 0;
          for (Batch batch : loader) {
            try (batch) {
              assertThat(batch.sampleIds()).isEqualTo(expected.rows(batch.index(), Share.WHOLE));
              boolean[] mask = batch.mask();
              for (int i = 0; i < batch.samples(); i++) {
                assertThat(mask[i]).isEqualTo(batch.sampleIds()[i] >= 8);
                masked += mask[i] ? 0 : 1;
                byte[] image =
                    batch
                        .tensor("image")
                        .segment()
                        .asSlice(64L * i, 64)
                        .toArray(ValueLayout.JAVA_BYTE);
                assertThat(image)
                    .isEqualTo(
                        mask[i] ? version.sample("image", batch.sampleIds()[i]) : new byte[64]);
              }
            }
          }
          assertThat(masked).isEqualTo(8);
        }
      }
    }
  }

  @Test
  void oneWindowIsLost_whenItsSizesCannotBeRead() {
    MemoryStore damaged = damaged(key -> key.matches("fragment2/text/.*shape.*/c/.*"));
    LoaderOptions options = options(RaggedMode.maxBytes(900), Order.sequential());
    try (BufferPool pool = BufferPool.create(32 << 20);
        ReadEngine engine = engine(damaged, pool);
        Loader loader = engine.loader(options)) {
      GatheredBatches expected = expected(engine, loader, options, 0);
      List<Long> failures = new ArrayList<>();
      long delivered = 0;
      while (loader.epoch() == 0) {
        long index = loader.state().samples();
        try {
          Optional<Batch> batch = loader.next();
          if (batch.isPresent()) {
            expected.check(batch.get());
            delivered += batch.get().samples();
            batch.get().close();
          }
        } catch (CorruptDataException e) {
          failures.add(index);
        }
      }
      // The third fragment begins in the second window, at row 1241.
      assertThat(failures).containsExactly(768L, 1536L);
      assertThat(delivered).isEqualTo(768);
      assertThatThrownBy(() -> loader.skip(2000)).isInstanceOf(CorruptDataException.class);
      assertThat(loader.state().samples()).isZero();
      assertThat(loader.epoch()).isEqualTo(1);
      try (Batch batch = loader.next().orElseThrow()) {
        assertThat(batch.index()).isZero();
      }
    }
  }

  // ---- what is refused

  private void refused(LoaderOptions options, String... words) {
    try (BufferPool pool = BufferPool.create(32 << 20);
        ReadEngine engine = engine(store, pool)) {
      assertThatThrownBy(() -> engine.loader(options).close())
          .isInstanceOf(RefusedException.class)
          .hasMessageContainingAll(words);
      assertThatThrownBy(() -> engine.plan(options, new OrderSource(engine.samples(), "", "")))
          .hasMessageContainingAll(words);
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @Test
  void whatHasNoMeaningIsRefused_whenTheLoaderIsBuilt() {
    LoaderOptions packed = options(RaggedMode.pack(100, 6), Order.sequential());
    LoaderOptions bounded = options(RaggedMode.maxBytes(900), Order.sequential());
    refused(packed.withRemainder(Remainder.DROP), "remainder DROP", "choose UNEVEN");
    refused(bounded.withRemainder(Remainder.PAD), "remainder PAD", "choose UNEVEN");
    refused(packed.withShare(new Share(0, 4)), "4 ranks cannot share batches of 6 rows");
    refused(bounded.withMaxBatchBytes(100), "900 bytes", "maxBatchBytes is 100");
    refused(packed.withMaxBatchBytes(100), "maxBatchBytes is 100");
    for (RaggedMode mode : List.of(RaggedMode.bucket(), RaggedMode.maxBytes(900))) {
      refused(
          LoaderOptions.of(WrittenVersion.TENSORS, (1 << 21) + 1, Order.sequential())
              .withForm(BatchForm.AS_STORED.withRagged(mode)),
          "batchSize 2097153 is more than 2097152");
    }
    for (LoaderOptions options : List.of(packed, bounded)) {
      refused(
          LoaderOptions.of(List.of("label"), BATCH, Order.sequential()).withForm(options.form()),
          "none of [label] is ragged");
    }
  }

  @Test
  void howManyBatchesThereAreIsNotSaid_whenThatFollowsFromSizes() {
    try (BufferPool pool = BufferPool.create(32 << 20);
        ReadEngine engine = engine(store, pool);
        Loader loader = engine.loader(options(RaggedMode.maxBytes(900), Order.sequential()))) {
      assertThatThrownBy(loader::batchesPerEpoch)
          .isInstanceOfSatisfying(
              PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED))
          .hasMessageContaining("a plan reckons it");
    }
  }

  @Test
  void aStateIsRefused_whenItIsOfOtherBatchesOrBetweenThem() {
    LoaderOptions options = options(RaggedMode.maxBytes(900), Order.sequential());
    try (BufferPool pool = BufferPool.create(32 << 20);
        ReadEngine engine = engine(store, pool);
        Loader loader = engine.loader(options)) {
      LoaderState state = loader.state();
      for (LoaderOptions other :
          List.of(
              options(RaggedMode.maxBytes(901), Order.sequential()),
              options(RaggedMode.pack(100, 4), Order.sequential()),
              LoaderOptions.of(List.of("text"), BATCH, Order.sequential())
                  .withForm(options.form()))) {
        assertThatThrownBy(() -> engine.loader(other.withResume(state)))
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining("is not a state of");
      }
      GatheredBatches expected = expected(engine, loader, options, 0);
      long second = expected.indexes().get(1);
      assertThat(second).isGreaterThan(1);
      loader.seek(state.at(0, second));
      try (Batch batch = loader.next().orElseThrow()) {
        expected.check(batch);
      }
      loader.seek(state.at(0, second - 1));
      assertThatThrownBy(loader::next)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining((second - 1) + " delivered samples are not a number of whole");
      assertThatThrownBy(() -> loader.seek(state.at(0, version.samples() + 1)))
          .hasMessageContaining("are more than the 1691 of an epoch");
      loader.seek(state.at(0, version.samples()));
      loader.skip(0);
      assertThat(loader.next()).isEmpty();
    }
  }
}
