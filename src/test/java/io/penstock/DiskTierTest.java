package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.cache.CacheStats;
import io.penstock.cache.Preload;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.load.Order;
import io.penstock.store.ForwardingStore;
import io.penstock.store.Landing;
import io.penstock.store.MemoryStore;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Region;
import io.penstock.tensor.Shape;
import io.penstock.testing.CountingStore;
import io.penstock.testing.Operation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Loaders over a remote dataset with a cache on the local disk. Sample i holds i and noise made
/// from it.
class DiskTierTest {
  private static final int SAMPLE_BYTES = 4 << 10;
  private static final int SAMPLES = 16_384;
  private static final int GROUP = 16;
  private static final int CHUNKS = SAMPLES / GROUP;
  private static final int BATCH = 16;

  // Few lanes, since each border between lanes splits a chunk, which is then read twice.
  private static final Order LANES = Order.lanes(64, 8);
  private static final Order STICKY = new Order.Lanes(64, 8, true, 0);

  /// What the file of a chunk takes: one page more than the chunk, for its header.
  private static final long FILE_BYTES = (long) GROUP * SAMPLE_BYTES + 4096;

  private static final MemoryStore MEMORY = new MemoryStore(InstantSource.fixed(Instant.EPOCH));

  @TempDir Path directory;
  private final CountingStore store = new CountingStore(MEMORY);

  @AfterAll
  static void closeStore() {
    MEMORY.close();
  }

  /// A store that stays open when its dataset is closed.
  private static Store lent(Store store) {
    return new ForwardingStore(store) {
      @Override
      public void close() {}
    };
  }

  private static byte[] sample(int i) {
    byte[] bytes = new byte[SAMPLE_BYTES];
    new Random(i).nextBytes(bytes);
    MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_INT_UNALIGNED, 0, i);
    return bytes;
  }

  @BeforeAll
  static void write() {
    try (Penstock penstock = Penstock.builder().memory(64 << 20).threads(1).build()) {
      Dataset dataset = penstock.create(lent(MEMORY));
      try (DatasetWriter writer =
          dataset
              .writer()
              .tensor("x", DataType.UINT8, Shape.of(SAMPLE_BYTES))
              .chunkSamples(GROUP)
              .shardBytes(4 * GROUP * SAMPLE_BYTES)
              .codec("none")
              .open()) {
        for (int i = 0; i < SAMPLES; i++) {
          writer.append(Samples.one().with("x", sample(i)));
        }
        writer.commit("noise");
      }
    }
  }

  private Penstock.Builder settings() {
    return Penstock.builder().memory(128 << 20).threads(2);
  }

  /// Reads an epoch of what a rank reads, and checks each sample; returns the positions.
  private static BitSet epoch(Loader loader) {
    BitSet seen = new BitSet();
    for (Batch batch : loader) {
      try (batch) {
        MemorySegment data = batch.tensor("x").segment();
        for (int i = 0; i < batch.samples(); i++) {
          MemorySegment found = data.asSlice((long) i * SAMPLE_BYTES, SAMPLE_BYTES);
          int id = found.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
          assertThat(found.mismatch(MemorySegment.ofArray(sample(id)))).isEqualTo(-1);
          seen.set(id);
        }
      }
    }
    return seen;
  }

  private static double diskShareOf(Penstock penstock, Runnable work) {
    CacheStats before = penstock.cacheStats().orElseThrow();
    work.run();
    CacheStats after = penstock.cacheStats().orElseThrow();
    long disk = after.bytesFromDisk() - before.bytesFromDisk();
    return disk / (double) (disk + after.bytesFromStore() - before.bytesFromStore());
  }

  /// Reads an epoch, again and again where the disk could not keep up, until all is kept that is to
  /// be; returns the samples of the first.
  private BitSet fill(long budget, Function<Version, LoaderBuilder> reader) {
    BitSet seen = new BitSet();
    long dropped;
    do {
      Penstock penstock = settings().cache(directory, budget).build();
      try (penstock;
          Dataset dataset = penstock.open(lent(store));
          Loader loader = reader.apply(dataset.version()).batchSize(BATCH).build()) {
        seen = epoch(loader);
      }
      dropped = penstock.cacheStats().orElseThrow().dropped();
    } while (dropped > 0);
    return seen;
  }

  /// The least share of the bytes of an epoch that come from the disk, of three with orders of
  /// their own. Each has a loader of its own, which reads nothing of the next one ahead.
  private double leastDiskShare(long budget, Function<Version, LoaderBuilder> reader) {
    try (Penstock penstock = settings().cache(directory, budget).build();
        Dataset dataset = penstock.open(lent(store))) {
      double least = 1;
      for (int epoch = 0; epoch < 3; epoch++) {
        LoaderBuilder builder = reader.apply(dataset.version()).batchSize(BATCH).seed(7);
        try (Loader loader = builder.epochs(epoch + 1).build()) {
          loader.skip(epoch * loader.batchesPerEpoch());
          least = Math.min(least, diskShareOf(penstock, () -> epoch(loader)));
        }
      }
      assertThat(penstock.cacheStats().orElseThrow())
          .matches(stats -> stats.usedBytes() <= budget)
          .returns(0L, CacheStats::damaged)
          .returns(0L, CacheStats::failures)
          .returns(0L, CacheStats::evicted);
      return least;
    }
  }

  @Test
  void quarterOfEachLaterEpochComesFromTheDisk_whenTheBudgetIsAQuarterOfTheData() {
    long budget = CHUNKS / 4 * FILE_BYTES;
    Function<Version, LoaderBuilder> lanes = version -> version.loader().order(LANES);

    assertThat(fill(budget, lanes).cardinality()).isEqualTo(SAMPLES);

    assertThat(leastDiskShare(budget, lanes)).isBetween(0.24, 0.26);
  }

  @Test
  void nearlyAllOfARankComesFromTheDisk_whenHomesAreStickyAndItsPartFits() {
    long budget = CHUNKS * 3 / 10 * FILE_BYTES;
    Function<Version, LoaderBuilder> sticky =
        version -> version.loader().order(STICKY).seed(7).rank(1).worldSize(4);

    assertThat(fill(budget, sticky).cardinality()).isEqualTo(SAMPLES / 4);

    assertThat(leastDiskShare(budget, sticky)).isGreaterThanOrEqualTo(0.9);
  }

  @Test
  void nearlyAllOfAViewComesFromTheDisk_whenTheBudgetHoldsTheChunksThatItNeeds() {
    long budget = CHUNKS * 3 / 10 * FILE_BYTES;
    long[] ids = LongStream.range(0, SAMPLES / 4).toArray();
    Function<Version, LoaderBuilder> view =
        version -> version.view().withIds(ids).loader().order(LANES);

    assertThat(fill(budget, view).cardinality()).isEqualTo(SAMPLES / 4);

    assertThat(leastDiskShare(budget, view)).isGreaterThanOrEqualTo(0.9);
  }

  @Test
  void batchesAreTheSame_whetherThereIsACacheOrNot() {
    try (Penstock plain = settings().build();
        Penstock caching = settings().cache(directory, 1 << 30).build();
        Dataset without = plain.open(lent(store));
        Dataset with = caching.open(lent(store));
        Loader expected = without.version().loader().order(LANES).batchSize(BATCH).build();
        Loader found = with.version().loader().order(LANES).batchSize(BATCH).build()) {
      for (int epoch = 0; epoch < 3; epoch++) {
        sameBatches(expected, found);
      }
      assertThat(caching.cacheStats().orElseThrow().hits()).isPositive();
      assertThat(plain.cacheStats()).isEmpty();
    }
  }

  private static void sameBatches(Loader expected, Loader found) {
    var others = found.iterator();
    for (Batch batch : expected) {
      try (batch;
          Batch other = others.next()) {
        assertThat(other.tensor("x").segment().mismatch(batch.tensor("x").segment())).isEqualTo(-1);
      }
    }
    assertThat(others.hasNext()).isFalse();
  }

  @Test
  void regionsComeFromTheDisk_whenAnotherProcessHasReadThem() {
    readRegion(_ -> {});
    store.reset();

    readRegion(penstock -> assertThat(penstock.cacheStats().orElseThrow().misses()).isZero());

    assertThat(store.requests(Operation.READ)).isZero();
  }

  private void readRegion(Consumer<Penstock> check) {
    try (Penstock penstock = settings().cache(directory, 1 << 30).build();
        Dataset dataset = penstock.open(lent(store));
        Arena arena = Arena.ofShared()) {
      MemorySegment target = arena.allocate(64L * SAMPLE_BYTES);
      dataset.version().tensor("x").read(Region.samples(100, 164, Shape.of(SAMPLE_BYTES)), target);
      for (int i = 0; i < 64; i++) {
        MemorySegment found = target.asSlice((long) i * SAMPLE_BYTES, SAMPLE_BYTES);
        assertThat(found.mismatch(MemorySegment.ofArray(sample(100 + i)))).isEqualTo(-1);
      }
      check.accept(penstock);
    }
  }

  @Test
  void firstEpochReadsTheDisk_whenItWasFilledBefore() throws Exception {
    try (Penstock penstock = settings().cache(directory, 1 << 30).build();
        Dataset dataset = penstock.open(lent(store))) {
      Version version = dataset.version();
      try (Preload preload = version.preload().orElseThrow()) {
        preload.await();
        long all = (long) SAMPLES * SAMPLE_BYTES + 4L * CHUNKS; // each chunk has a checksum
        assertThat(preload.progress()).isEqualTo(new Preload.Progress(all, all));
      }
      assertThat(store.requests(Operation.READ)).isLessThan(CHUNKS / 3);
      store.reset();

      try (Loader loader = version.loader().order(LANES).batchSize(BATCH).build()) {
        assertThat(epoch(loader).cardinality()).isEqualTo(SAMPLES);
      }

      assertThat(store.requests(Operation.READ)).isZero();
    }
  }

  @Test
  void preloadEndsAtTheBudget_whenThereIsMoreToKeepThanFits() {
    long budget = 100 * FILE_BYTES;
    try (Penstock penstock = settings().cache(directory, budget).build();
        Dataset dataset = penstock.open(lent(store));
        Preload preload = dataset.version().preload("x").orElseThrow()) {
      preload.await();

      assertThat(penstock.cacheStats().orElseThrow())
          .returns(budget, CacheStats::usedBytes)
          .returns(100L, CacheStats::written);
      assertThat(preload.done()).isTrue();
    }
  }

  @Test
  void preloadStops_whenItIsClosed() {
    try (Penstock penstock = settings().cache(directory, 1 << 30).build();
        Dataset dataset = penstock.open(lent(store))) {
      Preload preload = dataset.version().preload().orElseThrow();

      preload.close();

      assertThat(preload.done()).isTrue();
    }
  }

  @Test
  void thereIsNothingToFill_whenThereIsNoCache() {
    try (Penstock penstock = settings().build();
        Dataset dataset = penstock.open(lent(store))) {
      assertThat(dataset.version().preload()).isEmpty();
    }
  }

  @Test
  void laterReadsAreRight_whenTheStoreOnceGaveWrongBytes() {
    FlippingStore flipping = new FlippingStore(lent(store));
    try (Penstock penstock = settings().cache(directory, 1 << 30).build();
        Dataset dataset = penstock.open(flipping);
        Arena arena = Arena.ofShared()) {
      Tensor tensor = dataset.version().tensor("x");
      MemorySegment target = arena.allocate(SAMPLE_BYTES);
      Region third = Region.samples(3, 4, Shape.of(SAMPLE_BYTES));
      tensor.read(third, target);
      flipping.flips = true;
      Region other = Region.samples(GROUP, GROUP + 1, Shape.of(SAMPLE_BYTES));
      Assertions.assertThatThrownBy(() -> tensor.read(other, target))
          .isInstanceOf(CorruptDataException.class);
      flipping.flips = false;

      tensor.read(other, target);

      assertThat(target.mismatch(MemorySegment.ofArray(sample(GROUP)))).isEqualTo(-1);
    }
  }

  /// Gives bytes of which the last of each slice is wrong, while it is told to.
  private static final class FlippingStore extends ForwardingStore {
    volatile boolean flips;

    FlippingStore(Store origin) {
      super(origin);
    }

    @Override
    public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
      if (!flips) {
        return super.read(request, landing);
      }
      List<Landing.Slice> slices = landing.slices();
      return super.read(request, () -> slices)
          .whenComplete((_, _) -> slices.forEach(FlippingStore::flip));
    }

    private static void flip(Landing.Slice slice) {
      long last = slice.target().byteSize() - 1;
      byte was = slice.target().get(ValueLayout.JAVA_BYTE, last);
      slice.target().set(ValueLayout.JAVA_BYTE, last, (byte) (was ^ 1));
    }
  }

  @Test
  void verificationReadsTheStore_whateverTheCacheHas() {
    try (Penstock penstock = settings().cache(directory, 1 << 30).build();
        Dataset dataset = penstock.open(lent(store))) {
      try (Loader loader = dataset.version().loader().order(LANES).batchSize(BATCH).build()) {
        epoch(loader);
      }
      CacheStats before = penstock.cacheStats().orElseThrow();

      assertThat(
              dataset
                  .verify(Ref.latest(), 1, problem -> Assertions.fail(problem.message()))
                  .problems())
          .isZero();

      assertThat(penstock.cacheStats().orElseThrow())
          .returns(before.bytesFromDisk(), CacheStats::bytesFromDisk);
    }
  }

  @Test
  void nothingIsCached_whenTheDatasetIsOnALocalDisk() {
    Path cache = directory.resolve("cache");
    try (Penstock penstock = settings().cache(cache, 1 << 30).build();
        Dataset dataset = penstock.create(directory.resolve("dataset").toString())) {
      try (DatasetWriter writer =
          dataset.writer().tensor("x", DataType.UINT8, Shape.SCALAR).open()) {
        writer.append(Samples.of(100).with("x", new byte[100]));
        writer.commit("zeros");
      }
      try (Loader loader = dataset.version().loader().batchSize(BATCH).build()) {
        loader.forEach(Batch::close);
      }
      assertThat(penstock.cacheStats().orElseThrow())
          .returns(0L, CacheStats::bytesFromStore)
          .returns(0L, CacheStats::written);
    }
  }

  @Test
  void startIsRefused_whenTheCacheDirectoryHoldsSomethingElse() throws Exception {
    Files.writeString(directory.resolve("letter"), "x");

    Assertions.assertThatThrownBy(() -> settings().cache(directory, 1 << 30).build())
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
  }
}
