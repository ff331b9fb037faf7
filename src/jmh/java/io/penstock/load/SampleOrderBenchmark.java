package io.penstock.load;

import java.util.ArrayList;
import java.util.List;
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
import org.openjdk.jmh.annotations.Warmup;

/// Question: what does the row at a position cost, and does it stay the same with more fragments? A
/// version has 10^12 samples, a fragment a whole number of runs and some left over.
///
/// Controls: the order of the version itself (a search over fragments alone), and one permutation.
///
/// Command: `mvn -Pjmh verify -Djmh.args='SampleOrderBenchmark -prof gc'`
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class SampleOrderBenchmark {
  private static final long SAMPLES = 1_000_000_000_000L;

  /// Fragments.
  @Param({"1", "1000"})
  public int fragments = 1;

  private SampleOrder lanes = order(OrderShape.lanes(1024, 2048, 2048));
  private SampleOrder sticky = lanes;
  private SampleOrder full = lanes;
  private SampleOrder sequential = lanes;
  private long position;

  /// Makes the orders.
  @Setup
  public void prepare() {
    lanes = order(OrderShape.lanes(1024, 2048, 2048));
    sticky = order(OrderShape.lanes(1024, 2048, 2048).withStickyHomes());
    full = order(OrderShape.full(1024));
    sequential = order(OrderShape.sequential(1024));
  }

  private SampleOrder order(OrderShape shape) {
    List<FragmentRows> rows = new ArrayList<>();
    for (int f = 0; f < fragments; f++) {
      rows.add(FragmentRows.of(SAMPLES / fragments, 256));
    }
    return SampleOrder.of(SampleSpace.of(rows), shape, 42, 3);
  }

  /// Lanes, position after position.
  @Benchmark
  public long lanes() {
    return lanes.row(position++);
  }

  /// The same with sticky homes.
  @Benchmark
  public long stickyLanes() {
    return sticky.row(position++);
  }

  /// The control: one permutation of all samples.
  @Benchmark
  public long full() {
    return full.row(position++);
  }

  /// The control: no permutation.
  @Benchmark
  public long sequential() {
    return sequential.row(position++);
  }
}
