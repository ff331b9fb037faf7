package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.Order;
import io.penstock.load.Remainder;
import io.penstock.load.SampleOrder;
import io.penstock.load.Share;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.Shape;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Timing never changes what a batch holds: any order in which a store answers, failures, slow
/// consumers, any number of threads, and the smallest memory that is legal.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LoaderTimingTest {
  private static final int SEEDS = 1000;

  private final List<CodecThreads> threads = new ArrayList<>();

  private record Stored(MemoryStore store, WrittenVersion version) {}

  private final List<Stored> stored = new ArrayList<>();

  @BeforeAll
  void write() {
    Random random = new Random(3);
    for (int i = 0; i < 6; i++) {
      MemoryStore memory = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
      WrittenVersion version = new WrittenVersion(Shape.of(8, 8), 200);
      for (int f = 0; f <= i % 3; f++) {
        String codec = random.nextBoolean() ? "none" : "zstd:1";
        version.fragment(memory, random, 40 + random.nextInt(80), 4 << random.nextInt(3), codec);
      }
      stored.add(new Stored(memory, version));
    }
    for (int count : new int[] {1, 2, 5}) {
      threads.add(new CodecThreads(count));
    }
  }

  @AfterAll
  void close() {
    threads.forEach(CodecThreads::close);
  }

  private static Order order(Random random, int batch) {
    return switch (random.nextInt(5)) {
      case 0 -> Order.sequential();
      case 1 -> new Order.Runs(4L << random.nextInt(4));
      case 2 -> Order.full();
      default -> {
        long lanes = random.nextBoolean() ? (long) batch * (1 + random.nextInt(3)) : 1;
        yield new Order.Lanes(4L << random.nextInt(4), lanes, random.nextBoolean(), 0);
      }
    };
  }

  private static List<String> tensors(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> List.of("image");
      case 1 -> List.of("text", "label");
      default -> WrittenVersion.TENSORS;
    };
  }

  private static LoaderOptions options(Random random) {
    int ranks = 1 + random.nextInt(3);
    int batch = ranks * (1 + random.nextInt(6));
    return LoaderOptions.of(tensors(random), batch, order(random, batch))
        .withSeed(random.nextLong())
        .withShare(new Share(random.nextInt(ranks), ranks))
        .withEpochs(random.nextInt(3))
        .withRemainder(random.nextBoolean() ? Remainder.DROP : Remainder.UNEVEN);
  }

  private static ReadEngine engine(
      Stored from, io.penstock.store.Store store, BufferPool pool, CodecThreads codec) {
    return new ReadEngine(store, from.version().content(), new ReadEngine.Parts(pool, codec));
  }

  @Test
  void batchesAreTheSame_whateverTheTiming() {
    Seeds.each(LoaderTimingTest.class, SEEDS, this::run);
  }

  private void run(Random random, long seed) {
    Stored from = stored.get(random.nextInt(stored.size()));
    CodecThreads codec = threads.get(random.nextInt(threads.size()));
    LoaderOptions options = options(random);
    double failures = random.nextInt(3) == 0 ? 0.05 : 0;
    try (BufferPool pool =
        random.nextBoolean()
            ? SmallestPool.of(options, memory -> engine(from, from.store(), memory, codec))
            : BufferPool.create(32 << 20)) {
      try (ShakyStore shaky = new ShakyStore(from.store(), seed, failures);
          ReadEngine engine = engine(from, shaky, pool, codec);
          Loader loader = engine.loader(options)) {
        new UnsteadyConsumer(random, failures > 0)
            .take(
                loader,
                epoch ->
                    new InOrder(
                        from.version(),
                        options,
                        loader.batchesPerEpoch(),
                        SampleOrder.of(engine.samples(), loader.order(), options.seed(), epoch)));
      }
      assertThat(pool.usedBytes()).isZero();
      assertThat(pool.peakBytes()).isLessThanOrEqualTo(pool.budgetBytes());
    }
  }
}
