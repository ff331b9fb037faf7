package io.penstock.read;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Question: what does it cost to bring 64 MiB of decoded samples into shuffled batches: the copies
/// that [FixedPart] makes, without what decides about them?
///
/// Controls: the samples in order, one copy each; and all in one copy.
///
/// Command: `mvn -Pjmh verify -Djmh.args='GatherBenchmark'`
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class GatherBenchmark {
  private static final long BYTES = 64 << 20;

  /// Bytes of a sample: a vector of 768 float32, an image of 64 x 64 x 3, one of 224 x 224 x 3.
  @Param({"3072", "12288", "150528"})
  public int sampleBytes = 3072;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment decoded = arena.allocate(BYTES, 4096);
  private final MemorySegment batches = arena.allocate(BYTES, 4096);
  private int[] rows = {};

  /// Draws the order.
  @Setup
  public void shuffle() {
    SplittableRandom random = new SplittableRandom(1);
    rows = new int[(int) (BYTES / sampleBytes)];
    for (int i = 0; i < rows.length; i++) {
      int other = random.nextInt(i + 1);
      rows[i] = rows[other];
      rows[other] = i;
    }
    decoded.fill((byte) 1);
    batches.fill((byte) 2);
  }

  /// Frees everything.
  @TearDown
  public void close() {
    arena.close();
  }

  /// In a random order.
  @Benchmark
  public MemorySegment shuffled() {
    for (int i = 0; i < rows.length; i++) {
      copy(rows[i], i);
    }
    return batches;
  }

  /// The first control.
  @Benchmark
  public MemorySegment inOrder() {
    for (int i = 0; i < rows.length; i++) {
      copy(i, i);
    }
    return batches;
  }

  /// The second control.
  @Benchmark
  public MemorySegment atOnce() {
    return batches.copyFrom(decoded);
  }

  private void copy(long from, long to) {
    MemorySegment.copy(decoded, from * sampleBytes, batches, to * sampleBytes, sampleBytes);
  }
}
