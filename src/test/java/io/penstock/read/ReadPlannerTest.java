package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.ArrayCatalog;
import io.penstock.format.ArrayLayout;
import io.penstock.format.Layout;
import io.penstock.format.TensorLayout;
import io.penstock.format.TensorSpec;
import io.penstock.store.ByteRange;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Region;
import io.penstock.tensor.Shape;
import io.penstock.testing.CountingStore;
import io.penstock.testing.Operation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is asked of the store for a read: a pure function of layout, index and what is wanted.
class ReadPlannerTest {
  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;
  private static final RangeRules RULES = RangeRules.within(1L << 30);

  /// Samples of 4 KiB in chunks of 1,024, of which each is stored in so many bytes.
  private static StoredArray array(int chunksPerShard, int... lengths) {
    ArrayLayout layout =
        new ArrayLayout(
            "x",
            DataType.UINT8,
            Shape.of(4096),
            Shape.of(1024, 4096),
            Shape.of(1024L * chunksPerShard, 4096),
            HandBuilt.codecs(DataType.UINT8, true));
    ArrayCatalog catalog = new ArrayCatalog(lengths, chunksPerShard, List.of());
    return new StoredArray(
        "x", "f", layout, 1024L * lengths.length, 0, new ChunkIndex.OfCatalog(catalog));
  }

  private static int[] equal(int count, int length) {
    int[] lengths = new int[count];
    Arrays.fill(lengths, length);
    return lengths;
  }

  /// A plan for whole chunks, one behind the other.
  private static ReadPlan plan(StoredArray array, RangeRules rules, long... chunks) {
    ReadPlanner planner = new ReadPlanner(rules);
    for (int i = 0; i < chunks.length; i++) {
      planner.add(array, samples(chunks[i] * 1024, 1024, i * 1024L));
    }
    return planner.plan();
  }

  private static ReadPlanner.Box samples(long from, long count, long row) {
    return new ReadPlanner.Box(
        new long[] {from, 0}, new long[] {count, 4096}, 0, row * 4096, new long[] {4096, 1});
  }

  private static List<ByteRange> ranges(ReadPlan plan) {
    return plan.ranges().stream().map(RangeRead::range).toList();
  }

  @Test
  void neighboursAreOneRange_upToTheTarget() {
    ReadPlan plan = plan(array(64, equal(64, 600 * KIB)), RULES, longs(0, 32));
    assertThat(ranges(plan))
        .containsExactly(
            new ByteRange(0, 14L * 600 * KIB),
            new ByteRange(14L * 600 * KIB, 14L * 600 * KIB),
            new ByteRange(28L * 600 * KIB, 4L * 600 * KIB));
    assertThat(plan.ranges()).allSatisfy(range -> assertThat(range.gapBytes()).isZero());
  }

  private static long[] longs(long from, long to) {
    return java.util.stream.LongStream.range(from, to).toArray();
  }

  @Test
  void smallGapIsReadOver_andALargeOneIsNot() {
    // 400 KiB between 800 KiB and 800 KiB: a fifth of the range.
    StoredArray small = array(4, 800 * KIB, 400 * KIB, 800 * KIB, 10);
    assertThat(ranges(plan(small, RULES, 0, 2))).containsExactly(new ByteRange(0, 2000L * KIB));
    // 600 KiB between them: more than a quarter.
    StoredArray wide = array(4, 800 * KIB, 600 * KIB, 800 * KIB, 10);
    assertThat(ranges(plan(wide, RULES, 0, 2))).hasSize(2);
    // More than 1 MiB, though less than a quarter.
    StoredArray far = array(4, 4 * MIB, MIB + 1, 4 * MIB, 10);
    assertThat(ranges(plan(far, RULES, 0, 2))).hasSize(2);
    StoredArray near = array(4, 4 * MIB, MIB, 4 * MIB, 10);
    assertThat(ranges(plan(near, RULES, 0, 2))).containsExactly(new ByteRange(0, 9L * MIB));
  }

  @Test
  void gapsTogetherAreAtMostAQuarter_whenSeveralAreReadOver() {
    int[] lengths = new int[200];
    Random random = new Random(4);
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = 1 + random.nextInt(300 * KIB);
    }
    long[] some = longs(0, 200);
    some = Arrays.stream(some).filter(_ -> random.nextInt(3) > 0).toArray();
    ReadPlan plan = plan(array(200, lengths), RULES, some);
    long wanted = Arrays.stream(some).map(chunk -> lengths[(int) chunk]).sum();
    long read = 0;
    for (RangeRead range : plan.ranges()) {
      assertThat(range.gapBytes()).isLessThanOrEqualTo(range.range().length() / 4);
      assertThat(range.range().length()).isLessThanOrEqualTo(16L * MIB);
      read += range.range().length() - range.gapBytes();
    }
    assertThat(read).isEqualTo(wanted);
  }

  @Test
  void rangesEndWithTheirShard() {
    ReadPlan plan = plan(array(2, equal(6, 10 * KIB)), RULES, longs(0, 6));
    assertThat(ranges(plan)).containsOnly(new ByteRange(0, 20L * KIB)).hasSize(3);
    assertThat(plan.ranges()).extracting(RangeRead::shard).containsExactly(0, 1, 2);
  }

  @Test
  void mergedRangeKeepsToItsMemory_whenTheBudgetIsSmall() {
    StoredArray array = array(64, equal(64, 600 * KIB));
    // An eighth of 8 MiB holds one chunk of 640 KiB, decoded into its target.
    assertThat(plan(array, RangeRules.within(8L * MIB), longs(0, 8)).ranges()).hasSize(8);
    assertThat(plan(array, RangeRules.within(16L * MIB), longs(0, 8)).ranges()).hasSize(3);
  }

  @Test
  void chunkIsReadOnce_whenSeveralSamplesNeedIt() {
    StoredArray array = array(4, equal(4, 10 * KIB));
    ReadPlanner planner = new ReadPlanner(RULES);
    for (int i = 0; i < 100; i++) {
      planner.add(array, samples(i * 37L % 1024, 1, i));
    }
    ReadPlan plan = planner.plan();
    assertThat(plan.ranges()).hasSize(1);
    assertThat(plan.ranges().getFirst().chunks())
        .singleElement()
        .satisfies(chunk -> assertThat(chunk.copies()).hasSize(100))
        .satisfies(chunk -> assertThat(chunk.direct()).isFalse());
  }

  @Test
  void rowsAreOneCopy_andAWholeChunkIsDecodedIntoItsPlace() {
    StoredArray array = array(4, equal(4, 10 * KIB));
    ReadPlanner planner = new ReadPlanner(RULES);
    for (int i = 0; i < 2048; i++) {
      planner.add(array, samples(512 + i, 1, i));
    }
    List<ChunkRead> chunks = planner.plan().ranges().getFirst().chunks();
    assertThat(chunks).hasSize(3).allSatisfy(chunk -> assertThat(chunk.copies()).hasSize(1));
    assertThat(chunks).extracting(ChunkRead::direct).containsExactly(false, true, false);
    assertThat(chunks.get(1).fromSample()).isEqualTo(1024);
    assertThat(chunks.get(1).toSample()).isEqualTo(2048);
  }

  @Test
  void chunkThatTheIndexLeavesOutIsKnownToBeUnreadable_beforeAnythingIsRead() {
    ReadPlan plan = plan(array(4, 10, 0, 10, 10), RULES, 0, 1);
    assertThat(plan.ranges()).hasSize(1);
    assertThat(plan.firstFailure().orElseThrow())
        .hasMessage(
            "object f/x/c/0/0: tensor x, samples 1024 to 2048: chunk 1 of the shard is missing"
                + " from its index");
  }

  /// One fragment of 64 samples [100, 100] in one shard of 16 chunks, read through a budget.
  @ParameterizedTest
  @ValueSource(longs = {192, 256, 512, 1024, 16_384})
  void readFitsItsBudget_fromOneChunkUpwards(long budgetKib) {
    MemoryStore memory = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
    HandBuilt version = images(memory);
    byte[] expected = new byte[64 * 10_000];
    for (int i = 0; i < 64; i++) {
      System.arraycopy(version.samples.getFirst().get(i), 0, expected, i * 10_000, 10_000);
    }
    CountingStore store = new CountingStore(memory);
    try (CodecThreads threads = new CodecThreads(2);
        BufferPool pool = BufferPool.create(budgetKib * KIB);
        ReadEngine engine =
            new ReadEngine(store, version.content(), new ReadEngine.Parts(pool, threads));
        Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(expected.length);
      engine.read("x", Region.all(Shape.of(64, 100, 100)), target);
      assertThat(target.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
      assertThat(pool.peakBytes()).isLessThanOrEqualTo(budgetKib * KIB);
      assertThat(pool.usedBytes()).isZero();
      store.reset();
      engine.read("x", new long[] {63, 0, 63}, arena.allocate(30_000));
      assertThat(store.requests(Operation.READ)).isEqualTo(2);
      assertThat(store.requests()).isEqualTo(2);
    }
  }

  @Test
  void readIsRefusedWithItsMinimum_whenNotEvenOneChunkFits() {
    MemoryStore memory = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
    HandBuilt version = images(memory);
    try (CodecThreads threads = new CodecThreads(2);
        BufferPool pool = BufferPool.create(64 * KIB);
        ReadEngine engine =
            new ReadEngine(memory, version.content(), new ReadEngine.Parts(pool, threads));
        Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> engine.read("x", new long[] {1}, arena.allocate(10_000)))
          .hasMessageContaining("needs 131072 bytes to be read and decoded")
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED));
      assertThat(pool.usedBytes()).isZero();
    }
  }

  private static HandBuilt images(MemoryStore store) {
    HandBuilt version = new HandBuilt(store, new Random(3));
    version.tensor(TensorSpec.of("x", DataType.UINT8, Shape.of(100, 100)));
    ArrayLayout layout =
        new ArrayLayout(
            "x",
            DataType.UINT8,
            Shape.of(100, 100),
            Shape.of(4, 100, 100),
            Shape.of(64, 100, 100),
            HandBuilt.codecs(DataType.UINT8, true));
    version.fragment(64, new Layout(4, List.of(new TensorLayout.Fixed("x", layout))));
    return version;
  }
}
