package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.store.Store;
import io.penstock.tensor.Region;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Reads of one version's tensors into a caller's memory. Thread-safe; all of it blocks.
final class TensorReads {
  private final Store store;
  private final VersionContent content;
  private final BufferPool pool;
  private final CodecThreads threads;
  private final StoredTensors tensors;

  TensorReads(
      Store store,
      VersionContent content,
      BufferPool pool,
      CodecThreads threads,
      StoredTensors tensors) {
    this.store = store;
    this.content = content;
    this.pool = pool;
    this.threads = threads;
    this.tensors = tensors;
  }

  /// The schema's entry for a tensor.
  TensorSpec spec(String tensor) {
    return content.schema().require(tensor, "the version");
  }

  /// A box of a fixed-shape tensor.
  void read(String tensor, Region region, MemorySegment target) {
    TensorSpec spec = fixed(tensor);
    region.checkWithin(spec.sampleShape().prepend(content.samples()));
    checkTarget(target, region.shape().bytes(spec.type()));
    if (target.byteSize() == 0) {
      return;
    }
    long from = region.origin().dimension(0);
    SampleRun run = new SampleRun(from, region.shape().dimension(0), 0, 0);
    run(
        FixedPlan.plan(source(), spec, List.of(run), region, RangeRules.within(pool.budgetBytes())),
        target);
  }

  /// Whole samples of a fixed-shape tensor.
  void read(String tensor, long[] positions, MemorySegment target) {
    TensorSpec spec = fixed(tensor);
    checkPositions(positions);
    Region region = Region.samples(0, positions.length, spec.sampleShape());
    checkTarget(target, region.shape().bytes(spec.type()));
    if (target.byteSize() == 0) {
      return;
    }
    List<SampleRun> runs = SampleRun.of(positions, 0);
    run(
        FixedPlan.plan(source(), spec, runs, region, RangeRules.within(pool.budgetBytes())),
        target);
  }

  /// Shapes of ragged samples.
  Shape[] raggedShapes(String tensor, long[] positions) {
    TensorSpec spec = ragged(tensor);
    checkPositions(positions);
    return SampleTable.load(this, spec, positions, false).shapes();
  }

  /// Whole ragged samples, one behind the other.
  void readRagged(String tensor, long[] positions, MemorySegment target) {
    TensorSpec spec = ragged(tensor);
    checkPositions(positions);
    SampleTable table = SampleTable.load(this, spec, positions, true);
    checkTarget(target, table.bytes());
    ReadPlanner planner = new ReadPlanner(RangeRules.within(pool.budgetBytes()));
    table.plan(source(), planner, positions);
    run(planner.plan(), target);
  }

  /// What plans are made from.
  FixedPlan.Source source() {
    return new FixedPlan.Source(content, tensors);
  }

  RangeRules rules() {
    return RangeRules.within(pool.budgetBytes());
  }

  /// Carries out a plan. Targets are native memory that only this thread may reach, or any other.
  void run(ReadPlan plan, MemorySegment... targets) {
    MemorySegment[] reachable = new MemorySegment[targets.length];
    for (int i = 0; i < targets.length; i++) {
      reachable[i] = reachable(targets[i]);
    }
    new PlanRun(store, threads, pool, plan, reachable).run();
  }

  /// The same memory for all threads. A caller's confined arena cannot be closed meanwhile, because
  /// its thread waits here.
  @SuppressWarnings("restricted")
  private static MemorySegment reachable(MemorySegment target) {
    Thread other = Thread.ofVirtual().unstarted(() -> {});
    return !target.isNative() || target.isAccessibleBy(other)
        ? target
        : MemorySegment.ofAddress(target.address()).reinterpret(target.byteSize());
  }

  private TensorSpec fixed(String tensor) {
    TensorSpec spec = spec(tensor);
    if (spec.ragged()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "tensor " + tensor + " is ragged " + spec.sampleShape() + ": read its samples as such");
    }
    return spec;
  }

  private TensorSpec ragged(String tensor) {
    TensorSpec spec = spec(tensor);
    if (!spec.ragged()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "tensor " + tensor + " is not ragged, its samples have shape " + spec.sampleShape());
    }
    return spec;
  }

  private void checkPositions(long[] positions) {
    for (long position : positions) {
      if (position < 0 || position >= content.samples()) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "position " + position + " of a version of " + content.samples() + " samples");
      }
    }
  }

  private static void checkTarget(MemorySegment target, long bytes) {
    if (!target.isNative() || target.isReadOnly() || target.byteSize() != bytes) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "the target has "
              + target.byteSize()
              + (target.isNative() ? "" : " heap")
              + (target.isReadOnly() ? " read-only" : "")
              + " bytes; what is read needs "
              + bytes
              + " bytes of native memory");
    }
  }

  /// Consecutive samples of a version that go, in their order, to consecutive places of a target.
  ///
  /// @param from first position
  /// @param count 1 or more
  /// @param target which target
  /// @param row place of the first one there, in samples
  record SampleRun(long from, long count, int target, long row) {
    /// The runs of some positions, in their order.
    static List<SampleRun> of(long[] positions, int target) {
      List<SampleRun> runs = new ArrayList<>();
      int start = 0;
      for (int i = 1; i <= positions.length; i++) {
        if (i == positions.length || positions[i] != positions[i - 1] + 1) {
          runs.add(new SampleRun(positions[start], i - start, target, start));
          start = i;
        }
      }
      return runs;
    }
  }

  /// A failure of a sample's own entry, put into its place.
  static CorruptDataException inSample(
      StoredArray array, long row, long position, CorruptDataException damage) {
    long chunk = array.chunkAt(new long[] {row / array.chunkLength(0)});
    return damage.in(array.key(array.shardOf(chunk)), array.tensor(), position, position + 1);
  }
}
