package io.penstock.read;

import com.sun.management.OperatingSystemMXBean;
import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.codec.CodecThreads;
import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.Order;
import io.penstock.store.Landing;
import io.penstock.store.LocalStore;
import io.penstock.store.PendingTransfer;
import io.penstock.store.RangeRequest;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Region;
import io.penstock.tensor.Shape;
import io.penstock.write.FragmentWriter;
import io.penstock.write.WriteOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Question: what does it cost to read images, in order and shuffled, from a directory that is in
/// the page cache? 65,536 images uint8 [64, 64, 3], smooth gradients and two bits of noise; chunks
/// of 64, zstd 3.
///
/// Controls: the CPU of the whole process for each decoded GB, beside the time; a batch of the
/// chunks' size (decoded straight into slabs) and one that no chunk fits (copied); a read of the
/// whole tensor into one segment; and the floors, which land and decode the same chunks with the
/// same codecs on as many threads, and do nothing with them. The order of lanes lands a chunk twice
/// that a border between lanes cuts, and so does its floor. A loader should reach 0.90 of its
/// floor.
///
/// Commands: `mvn -Pjmh verify -Djmh.args='LoaderBenchmark'` for each by itself; `mvn -Pjmh verify
/// -Djmh.main=io.penstock.read.LoaderBenchmark -Djmh.args=` for loaders and floors in turn, and
/// their ratios.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 30) // the compiler needs some 20 s for all that a loader does
@Measurement(iterations = 10)
@Fork(1)
public class LoaderBenchmark {
  private static final int IMAGES = 65_536;
  private static final Shape IMAGE = Shape.of(64, 64, 3);
  private static final int IMAGE_BYTES = 64 * 64 * 3;
  private static final int AT_ONCE = 1024;

  /// Samples in a batch.
  @Param({"256", "1000"})
  public int batchSize = 256;

  /// Threads that decode.
  @Param("2")
  public int threads = 2;

  private Path directory = Path.of("");
  private Optional<LocalStore> store = Optional.empty();
  private Optional<VersionContent> content = Optional.empty();
  private Optional<CodecThreads> codecThreads = Optional.empty();
  private Optional<BufferPool> pool = Optional.empty();
  private long chunksInOrder;
  private long chunksShuffled;

  /// What a read costs besides time.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Costs {
    /// CPU of the whole process, in thousandths of a second for each decoded GB.
    public long cpuMillisPerGb;

    /// Starts from nothing.
    @Setup(Level.Iteration)
    public void reset() {
      cpuMillisPerGb = 0;
    }
  }

  /// Writes the images.
  @Setup
  public void write() throws IOException {
    directory = Files.createTempDirectory("penstock-bench");
    LocalStore local = new LocalStore(directory, Runnable::run);
    CodecThreads workers = new CodecThreads(threads);
    BufferPool memory = BufferPool.create(512L << 20);
    store = Optional.of(local);
    codecThreads = Optional.of(workers);
    pool = Optional.of(memory);
    Schema schema = new Schema(List.of(TensorSpec.of("image", DataType.UINT8, IMAGE)));
    WriteOptions options =
        new WriteOptions(OptionalLong.of(64), 1L << 20, 64L << 20, "zstd:3", Optional.empty());
    try (Arena arena = Arena.ofShared();
        FragmentWriter writer =
            new FragmentWriter(
                local, "f", schema, options, new FragmentWriter.Parts(memory, workers))) {
      MemorySegment images = arena.allocate((long) AT_ONCE * IMAGE_BYTES);
      SplittableRandom random = new SplittableRandom(7);
      for (int i = 0; i < IMAGES; i += AT_ONCE) {
        draw(images, random);
        writer.append(AT_ONCE, List.of(new FragmentWriter.Column.Fixed(images)));
      }
      FragmentWriter.Written written = writer.finish();
      content =
          Optional.of(
              new VersionContent(schema, List.of(written.layout()), List.of(written.entry())));
    }
    chunksInOrder = chunksOf(Order.sequential());
    chunksShuffled = chunksOf(Order.lanes());
  }

  private long chunksOf(Order order) {
    try (ReadEngine engine = engine();
        Loader loader = engine.loader(options(order))) {
      for (Batch batch : loader) {
        batch.close();
      }
      return loader.stats().decoding().chunks();
    }
  }

  private LoaderOptions options(Order order) {
    return LoaderOptions.of(List.of("image"), batchSize, order).withEpochs(1);
  }

  private static void draw(MemorySegment images, SplittableRandom random) {
    for (int image = 0; image < AT_ONCE; image++) {
      for (int channel = 0; channel < 3; channel++) {
        double slopeX = random.nextDouble(-2, 2);
        double slopeY = random.nextDouble(-2, 2);
        double base = 128 + 20 * random.nextDouble(-2, 2);
        for (int y = 0; y < 64; y++) {
          for (int x = 0; x < 64; x++) {
            double smooth = base + slopeX * (x - 32) + slopeY * (y - 32);
            int value = (int) Math.floor(smooth / 8) * 8 + random.nextInt(4);
            images.set(
                ValueLayout.JAVA_BYTE,
                ((long) image * 4096 + y * 64L + x) * 3 + channel,
                (byte) Math.clamp(value, 0, 255));
          }
        }
      }
    }
  }

  /// Removes them.
  @TearDown
  public void delete() throws IOException {
    store.orElseThrow().close();
    codecThreads.orElseThrow().close();
    pool.orElseThrow().close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private ReadEngine engine() {
    return new ReadEngine(
        store.orElseThrow(),
        content.orElseThrow(),
        new ReadEngine.Parts(pool.orElseThrow(), codecThreads.orElseThrow()));
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static long millisPerGb(long nanos) {
    return nanos * 1000 / ((long) IMAGES * IMAGE_BYTES);
  }

  /// One epoch of batches in order.
  @Benchmark
  public long loader(Costs costs) {
    return epoch(Order.sequential(), costs);
  }

  /// One epoch of shuffled batches, in the order of lanes that suits the version.
  @Benchmark
  public long shuffled(Costs costs) {
    return epoch(Order.lanes(), costs);
  }

  private long epoch(Order order, Costs costs) {
    long before = cpuNanos();
    long samples = 0;
    try (ReadEngine engine = engine();
        Loader loader = engine.loader(options(order))) {
      for (Batch batch : loader) {
        try (batch) {
          samples += batch.samples();
        }
      }
    }
    costs.cpuMillisPerGb = millisPerGb(cpuNanos() - before);
    return all(samples);
  }

  /// Each chunk lands in a slot of its thread's own and is decoded into another.
  @Benchmark
  public long floor(Costs costs) throws InterruptedException {
    return floor(chunksInOrder, costs);
  }

  /// The same for as many chunks as the order of lanes lands.
  @Benchmark
  public long floorShuffled(Costs costs) throws InterruptedException {
    return floor(chunksShuffled, costs);
  }

  private long floor(long chunks, Costs costs) throws InterruptedException {
    long before = cpuNanos();
    BufferPool memory = pool.orElseThrow();
    StoredTensors tensors = new StoredTensors(store.orElseThrow(), content.orElseThrow(), memory);
    StoredTensor tensor = tensors.get(new StoredTensors.Key(0, "image"));
    StoredArray array = ((StoredTensor.Fixed) tensor).array();
    long different = IMAGES / array.chunkLength(0);
    AtomicLong next = new AtomicLong();
    AtomicLong decoded = new AtomicLong();
    CountDownLatch running = new CountDownLatch(threads);
    for (int i = 0; i < threads; i++) {
      codecThreads
          .orElseThrow()
          .submit(context -> {
            try (Lease encoded = memory.lease(array.codec().maxEncodedBytes());
                Lease room = memory.lease(array.codec().decodedBytes())) {
              for (long chunk = next.getAndIncrement();
                  chunk < chunks;
                  chunk = next.getAndIncrement()) {
                MemorySegment stored = land(array, chunk % different, encoded.segment());
                array.codec().decode(stored, room.segment(), context);
                decoded.addAndGet(array.chunkLength(0));
              }
            } finally {
              running.countDown();
            }
          });
    }
    running.await();
    costs.cpuMillisPerGb = millisPerGb(cpuNanos() - before);
    return all(decoded.get());
  }

  private MemorySegment land(StoredArray array, long chunk, MemorySegment slot) {
    MemorySegment target = slot.asSlice(0, array.index().length(chunk));
    RangeRequest request =
        RangeRequest.of(
            array.key(array.shardOf(chunk)), array.index().offset(chunk), target.byteSize());
    PendingTransfer.await(store.orElseThrow().read(request, Landing.into(target)), "read a chunk");
    return target;
  }

  /// Fails unless all images came.
  private static long all(long samples) {
    if (samples < IMAGES - 1000) { // a batch that is not full is dropped
      throw new AssertionError(samples + " images of " + IMAGES);
    }
    return samples;
  }

  /// The whole tensor, some images at a time.
  @Benchmark
  public long tensor(Costs costs) {
    long before = cpuNanos();
    int some = 16 * batchSize;
    try (ReadEngine engine = engine();
        Arena arena = Arena.ofShared()) {
      MemorySegment target = arena.allocate((long) some * IMAGE_BYTES);
      for (int from = 0; from < IMAGES; from += some) {
        int count = Math.min(some, IMAGES - from);
        engine.read(
            "image",
            Region.samples(from, from + count, IMAGE),
            target.asSlice(0, (long) count * IMAGE_BYTES));
      }
    }
    costs.cpuMillisPerGb = millisPerGb(cpuNanos() - before);
    return IMAGES;
  }

  private interface Epoch {
    long run(Costs costs) throws InterruptedException;
  }

  private record Contender(String name, Epoch epoch, double[] millis, double[] cpu) {
    Contender(String name, Epoch epoch) {
      this(name, epoch, new double[ROUNDS], new double[ROUNDS]);
    }

    void run(int round) throws InterruptedException {
      Costs costs = new Costs();
      long since = System.nanoTime();
      epoch.run(costs);
      if (round >= 0) {
        millis[round] = (System.nanoTime() - since) / 1e6;
        cpu[round] = costs.cpuMillisPerGb / 1e3;
      }
    }

    /// How much of the floor's throughput, and how much of its CPU, in each round.
    void print(Contender floor) {
      double[] throughput = new double[ROUNDS];
      double[] effort = new double[ROUNDS];
      for (int i = 0; i < ROUNDS; i++) {
        throughput[i] = floor.millis[i] / millis[i];
        effort[i] = cpu[i] / floor.cpu[i];
      }
      System.out.printf(
          Locale.ROOT,
          "%-9s %s ms, %s CPU-s/GB; of its floor %s throughput, %s CPU%n",
          name,
          spread(millis),
          spread(cpu),
          spread(throughput),
          spread(effort));
    }

    private static String spread(double[] values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      return String.format(
          Locale.ROOT,
          "%.2f (%.2f to %.2f)",
          sorted[sorted.length / 2],
          sorted[sorted.length / 4],
          sorted[sorted.length * 3 / 4]);
    }
  }

  private static final int WARM_UP_ROUNDS = 30;
  private static final int ROUNDS = 15;

  /// Loaders and floors, one after the other in each round; prints medians and quartiles.
  public static void main(String[] arguments) throws IOException, InterruptedException {
    LoaderBenchmark benchmark = new LoaderBenchmark();
    benchmark.write();
    try {
      Contender floor = new Contender("floor", benchmark::floor);
      Contender loader = new Contender("in order", benchmark::loader);
      Contender floorShuffled = new Contender("floor", benchmark::floorShuffled);
      Contender shuffled = new Contender("shuffled", benchmark::shuffled);
      for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
        for (Contender each : List.of(floor, loader, floorShuffled, shuffled)) {
          each.run(round);
        }
      }
      floor.print(floor);
      loader.print(floor);
      floorShuffled.print(floorShuffled);
      shuffled.print(floorShuffled);
    } finally {
      benchmark.delete();
    }
  }
}
