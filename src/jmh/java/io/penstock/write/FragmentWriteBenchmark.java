package io.penstock.write;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.ChunkCodec;
import io.penstock.codec.CodecChoice;
import io.penstock.codec.CodecContext;
import io.penstock.codec.CodecThreads;
import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.store.LocalStore;
import io.penstock.store.Store;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Question: how much does writing a fragment to a directory, with digests and flushes to the disk,
/// cost beyond the encoding of its chunks? Images of 64 × 64 × 3 bytes, 64 in a chunk, 4,096 in a
/// shard; 192 MiB for each invocation, times are for 1 MiB.
///
/// Control: the same chunks, encoded on the same threads, and nothing else.
///
/// Command: `mvn -Pjmh verify -Djmh.args='FragmentWriteBenchmark'`
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FragmentWriteBenchmark {
  private static final int SAMPLE_BYTES = 64 * 64 * 3;
  private static final int SAMPLES = 16_384;
  private static final int CHUNK_SAMPLES = 64;
  private static final int MEBIBYTES = (SAMPLES * SAMPLE_BYTES) >> 20;
  private static final Schema SCHEMA =
      new Schema(List.of(TensorSpec.of("image", DataType.UINT8, Shape.of(64, 64, 3))));

  /// How chunks are compressed.
  @Param({"none", "zstd:3"})
  public String codec = "none";

  private final Arena arena = Arena.ofShared();
  private final MemorySegment images = arena.allocate((long) SAMPLES * SAMPLE_BYTES, 64);
  private final int threadCount = Runtime.getRuntime().availableProcessors();
  private final CodecThreads threads = new CodecThreads(threadCount);
  private final BufferPool pool = BufferPool.create(256L << 20);
  private final ExecutorService transfers = Executors.newFixedThreadPool(4);
  private Path folder = Path.of("");
  private int fragments;

  /// Draws the images: slopes in steps, and two bits of noise.
  @Setup
  public void prepare() throws IOException {
    folder = Files.createTempDirectory("fragment-write");
    long noise = 1;
    for (long at = 0; at < images.byteSize(); at++) {
      noise = noise * 6364136223846793005L + 1442695040888963407L;
      long slope = (at / 3 % 64 + at / SAMPLE_BYTES) / 8 * 8;
      images.set(ValueLayout.JAVA_BYTE, at, (byte) (slope + (noise >>> 62)));
    }
  }

  /// Frees everything.
  @TearDown
  public void close() throws IOException {
    threads.close();
    transfers.shutdown();
    pool.close();
    arena.close();
    delete();
    Files.delete(folder);
  }

  /// Removes what was written, so that the disk does not fill up.
  @TearDown(Level.Iteration)
  public void delete() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(folder)) {
          Files.delete(file);
        }
      }
    }
  }

  /// The whole line.
  @Benchmark
  @OperationsPerInvocation(MEBIBYTES)
  public FragmentWriter.Written write() {
    WriteOptions options =
        new WriteOptions(
            OptionalLong.of(CHUNK_SAMPLES), 1 << 20, 4096L * SAMPLE_BYTES, codec, Optional.empty());
    try (Store store = new LocalStore(folder, transfers);
        FragmentWriter writer =
            new FragmentWriter(
                store,
                "fragment-" + fragments++,
                SCHEMA,
                options,
                new FragmentWriter.Parts(pool, threads))) {
      for (int from = 0; from < SAMPLES; from += 512) {
        MemorySegment some = images.asSlice((long) from * SAMPLE_BYTES, 512L * SAMPLE_BYTES);
        writer.append(512, List.of(new FragmentWriter.Column.Fixed(some)));
      }
      return writer.finish();
    }
  }

  /// The control.
  @Benchmark
  @OperationsPerInvocation(MEBIBYTES)
  public long encodeOnly() throws InterruptedException {
    ChunkCodec chunkCodec = chunkCodec();
    CountDownLatch done = new CountDownLatch(threadCount);
    try (Arena targets = Arena.ofShared()) {
      for (int thread = 0; thread < threadCount; thread++) {
        MemorySegment target = targets.allocate(chunkCodec.maxEncodedBytes(), 64);
        int first = thread;
        threads.submit(context -> {
          encodeEvery(first, chunkCodec, target, context);
          done.countDown();
        });
      }
      done.await();
    }
    return done.getCount();
  }

  private void encodeEvery(
      int first, ChunkCodec chunkCodec, MemorySegment target, CodecContext context) {
    for (int chunk = first; chunk < SAMPLES / CHUNK_SAMPLES; chunk += threadCount) {
      MemorySegment decoded =
          images.asSlice(chunk * chunkCodec.decodedBytes(), chunkCodec.decodedBytes());
      chunkCodec.encode(decoded, target, context);
    }
  }

  private ChunkCodec chunkCodec() {
    try (CodecContext context = new CodecContext()) {
      return CodecChoice.parse(codec)
          .chain(DataType.UINT8, List.of(), context)
          .bind(DataType.UINT8, Shape.of(CHUNK_SAMPLES, 64, 64, 3));
    }
  }
}
