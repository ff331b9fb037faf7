package io.penstock.buffer;

import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/// Question: what does a lease cost, beside an arena of its own? Two threads take and give back.
///
/// Control: a shared arena for each piece of memory, which zeroes it and stops all threads at
/// close.
///
/// Command: `mvn -Pjmh verify -Djmh.args='BufferPoolBenchmark'`
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Threads(2)
@Fork(1)
public class BufferPoolBenchmark {
  /// Bytes of a lease: one page, a chunk of 64 images, a large chunk.
  @Param({"65536", "786432", "16777216"})
  public long bytes = 65_536;

  private final BufferPool pool =
      BufferPool.create(512L << 20, MemorySource.plain(), /* checked= */ false);

  /// Gives the memory back.
  @TearDown
  public void close() {
    pool.close();
  }

  /// A lease.
  @Benchmark
  public long lease() {
    try (Lease lease = pool.lease(bytes)) {
      return lease.segment().address();
    }
  }

  /// Two leases at once.
  @Benchmark
  public long leaseAll() {
    long sum = 0;
    for (Lease lease : pool.leaseAll(bytes, bytes)) {
      sum += lease.segment().address();
      lease.close();
    }
    return sum;
  }

  /// The control.
  @Benchmark
  public long arena() {
    try (Arena arena = Arena.ofShared()) {
      return arena.allocate(bytes, 256).address();
    }
  }
}
