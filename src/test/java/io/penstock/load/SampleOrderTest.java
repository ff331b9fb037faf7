package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.penstock.error.RefusedException;
import java.lang.management.ManagementFactory;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Each sample once, whatever the shape; equal parts for all ranks; nothing that grows with N.
class SampleOrderTest {
  private static final long SEED = 20260612;

  /// An order of a trillion samples has four thousand million groups; this is not a bit for each
  /// ten thousand of them.
  private static final long MOST_BYTES = 32 << 10;

  private static final long[] WORLD_SIZES = {1, 2, 3, 4, 6, 8, 12};

  /// Sentence O1-GEN-01.
  @Test
  void everyLiveRowHasOnePosition_inHundredsOfRandomShapes() {
    for (int n = 0; n < 400; n++) {
      Random random = new Random(SEED + n);
      SampleSpace space = SampleSpace.of(Shapes.randomFragments(random));
      OrderShape shape = Shapes.randomShape(random);
      SampleOrder order = SampleOrder.of(space, shape, random.nextLong(), random.nextInt(5));
      assertCovers(order, space, "seed " + (SEED + n) + ": " + shape);
    }
  }

  @Test
  void everyLiveRowHasOnePosition_inShapesAtTheEdge() {
    List<SampleSpace> spaces =
        List.of(
            SampleSpace.of(List.of()),
            Shapes.equal(1, 1, 1),
            Shapes.equal(1, 10_007, 16),
            Shapes.equal(3_000, 7, 4),
            Shapes.equal(1, 5, 1L << 62),
            SampleSpace.of(List.of(FragmentRows.of(700, 20), FragmentRows.of(0, 1))));
    for (SampleSpace space : spaces) {
      for (OrderShape shape :
          List.of(
              OrderShape.sequential(8),
              OrderShape.runs(8, 64),
              OrderShape.full(8),
              OrderShape.lanes(8, 64, 4_000),
              OrderShape.lanes(8, 64, 2),
              OrderShape.lanes(8, 1L << 62, 8),
              OrderShape.lanes(1, 64, 1),
              OrderShape.lanes(12, 40, 24).withStickyHomes())) {
        assertCovers(SampleOrder.of(space, shape, 1, 0), space, shape.toString());
      }
    }
  }

  private static void assertCovers(SampleOrder order, SampleSpace space, String what) {
    BitSet rows = new BitSet();
    for (long i = 0; i < order.samples(); i++) {
      rows.set(Math.toIntExact(order.row(i)));
    }
    BitSet live = new BitSet();
    for (int f = 0; f < space.fragments(); f++) {
      FragmentRows fragment = space.fragmentRows(f);
      for (long at = 0; at < fragment.live(); at++) {
        live.set(Math.toIntExact(space.firstRow(f) + fragment.row(at)));
      }
    }
    assertThat(rows).as(what).isEqualTo(live);
    assertThat(order.samples()).as(what).isEqualTo(live.cardinality());
  }

  /// Sentences O1-RNK-01 and O1-RNK-02.
  @Test
  void ranksTakeEqualPartsOfEveryFullBatch_inAllWorldSizes() {
    for (int n = 0; n < 200; n++) {
      Random random = new Random(SEED + n);
      SampleSpace space = SampleSpace.of(Shapes.randomFragments(random));
      OrderShape shape = Shapes.randomShape(random);
      SampleOrder order = SampleOrder.of(space, shape, n, 0);
      for (long worldSize : WORLD_SIZES) {
        if (shape.batch() % worldSize == 0) {
          assertBalanced(order, (int) worldSize);
        }
      }
    }
  }

  private static void assertBalanced(SampleOrder order, int worldSize) {
    long batch = order.shape().batch();
    for (long from = 0; from + batch <= order.samples(); from += batch) {
      long[] taken = new long[worldSize];
      for (long i = from; i < from + batch; i++) {
        taken[Math.toIntExact(order.rank(i, worldSize))]++;
      }
      assertThat(taken).containsOnly(batch / worldSize);
    }
  }

  @Test
  void aLaneBelongsToOneRank_whenTheRanksDivideTheGroups() {
    for (OrderShape shape : List.of(OrderShape.lanes(12, 40, 36), OrderShape.lanes(24, 40, 12))) {
      SampleOrder order = SampleOrder.of(Shapes.equal(3, 5_000, 8), shape, 3, 1);
      for (long worldSize : new long[] {1, 2, 3, 4, 6, 12}) {
        long[] rankOf = new long[Math.toIntExact(shape.lanes())];
        for (long i = 0; i < order.samples(); i++) {
          int lane = Math.toIntExact(order.lane(i));
          long rank = order.rank(i, worldSize) + 1;
          assertThat(rankOf[lane] == 0 || rankOf[lane] == rank).isTrue();
          rankOf[lane] = rank;
        }
      }
    }
  }

  @Test
  void whatFollowsIsTheSame_whenItIsResumedAtAnyPosition() {
    SampleSpace space = Shapes.equal(3, 333, 16);
    OrderShape shape = OrderShape.lanes(12, 48, 24);
    SampleOrder uninterrupted = SampleOrder.of(space, shape, 9, 2);
    long[] all = new long[999];
    uninterrupted.rows(0, all);
    for (int from = 0; from < 999; from += 7) {
      long[] rest = new long[999 - from];
      SampleOrder.of(space, shape, 9, 2).rows(from, rest);
      assertThat(rest).containsExactly(java.util.Arrays.copyOfRange(all, from, 999));
    }
  }

  @Test
  void ordersDiffer_betweenSeedsAndEpochs() {
    SampleSpace space = Shapes.equal(1, 20_000, 16);
    OrderShape shape = OrderShape.lanes(48, 64, 96);
    Set<List<Long>> beginnings = new HashSet<>();
    for (long seed = 0; seed < 30; seed++) {
      for (long epoch = 0; epoch < 30; epoch++) {
        SampleOrder order = SampleOrder.of(space, shape, seed, epoch);
        beginnings.add(List.of(order.row(0), order.row(1), order.row(2), order.row(3)));
      }
    }
    assertThat(beginnings).hasSize(900);
  }

  /// Sentence O1-STK-01.
  @Test
  void ranksMeetTheSameRunsInEveryEpoch_whenHomesAreSticky() {
    SampleSpace space = Shapes.equal(1, 64_000, 16);
    OrderShape shape = OrderShape.lanes(8, 64, 16).withStickyHomes();
    BitSet[] first = runsOfRanks(SampleOrder.of(space, shape, 5, 0), 4);
    BitSet[] second = runsOfRanks(SampleOrder.of(space, shape, 5, 1), 4);
    for (int rank = 0; rank < 4; rank++) {
      int runs = second[rank].cardinality();
      second[rank].and(first[rank]);
      assertThat(second[rank].cardinality()).isGreaterThanOrEqualTo(runs * 98 / 100);
    }
    assertThat(SampleOrder.of(space, shape, 5, 0).row(7))
        .isNotEqualTo(SampleOrder.of(space, shape, 5, 1).row(7));
  }

  private static BitSet[] runsOfRanks(SampleOrder order, int worldSize) {
    BitSet[] runs = new BitSet[worldSize];
    java.util.Arrays.setAll(runs, rank -> new BitSet());
    for (long i = 0; i < order.samples(); i++) {
      long run = order.row(i) / order.shape().runSamples();
      runs[Math.toIntExact(order.rank(i, worldSize))].set(Math.toIntExact(run));
    }
    return runs;
  }

  @Test
  void aTrillionSamplesTakeNoMoreMemoryThanAThousand() {
    SampleSpace small = Shapes.equal(1_000, 1_000, 256);
    SampleSpace large = Shapes.equal(1_000, 1_000_000_000, 256);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (OrderShape shape :
        List.of(
            OrderShape.lanes(1024, 2048, 2048),
            OrderShape.lanes(1024, 2048, 2048).withStickyHomes(),
            OrderShape.runs(1024, 2048),
            OrderShape.full(1024))) {
      distinctRows(SampleOrder.of(small, shape, 1, 0), 2_000); // loads classes
      long before = threads.getCurrentThreadAllocatedBytes();
      SampleOrder smallOrder = SampleOrder.of(small, shape, 1, 0);
      long forSmall = threads.getCurrentThreadAllocatedBytes() - before;
      SampleOrder largeOrder = SampleOrder.of(large, shape, 1, 0);
      long forLarge = threads.getCurrentThreadAllocatedBytes() - before - forSmall;
      // Not the same number: what the compiler keeps off the heap depends on when it comes to it.
      assertThat(forSmall).isLessThan(MOST_BYTES);
      assertThat(forLarge).isLessThan(MOST_BYTES);
      assertThat(smallOrder.samples() * 1_000_000).isEqualTo(largeOrder.samples());

      before = threads.getCurrentThreadAllocatedBytes();
      long sum = 0;
      for (long i = 0; i < 10_000; i++) {
        sum += largeOrder.row(i * 99_999_999);
      }
      assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
      assertThat(sum).isPositive();
      assertThat(distinctRows(largeOrder, 50_000)).isEqualTo(50_000);
    }
  }

  @Test
  void nothingOverflows_whenThereAreAsManyRowsAsCanBe() {
    SampleSpace space = Shapes.equal(4, 1L << 60, 1 << 20);
    assertThat(space.samples()).isEqualTo(1L << 62);
    for (OrderShape shape :
        List.of(
            OrderShape.lanes(1L << 31, 1 << 22, 1L << 31),
            OrderShape.lanes(6, 1 << 22, 1),
            OrderShape.lanes(6, (1L << 62) - 7, 3),
            OrderShape.lanes(1L << 31, 48, 1L << 10).withStickyHomes(),
            OrderShape.full(1))) {
      SampleOrder order = SampleOrder.of(space, shape, -1, Long.MAX_VALUE);
      assertThat(distinctRows(order, 5_000)).isEqualTo(5_000);
      assertThat(order.rank((1L << 62) - 1, shape.batch())).isBetween(0L, shape.batch() - 1);
    }
    assertThatThrownBy(() -> Shapes.equal(5, 1L << 60, 1))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("2^62");
  }

  private static int distinctRows(SampleOrder order, int positions) {
    Set<Long> rows = new HashSet<>();
    for (int i = 0; i < positions; i++) {
      long row = order.row(i % 2 == 0 ? i : order.samples() - i);
      if (row >= 0 && row < Long.MAX_VALUE / 2 + 1) {
        rows.add(row);
      }
    }
    return rows.size();
  }

  @Test
  void aWorldSizeIsRefusedWithTheNearestBatches_whenItDoesNotDivideTheBatch() {
    SampleOrder order = SampleOrder.of(Shapes.equal(1, 99, 1), OrderShape.full(32), 0, 0);
    assertThatThrownBy(() -> order.rank(0, 3))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("batch 32; it divides 30 and 33");
    assertThatThrownBy(() -> order.rank(0, 40)).hasMessageContaining("it divides 40");
    assertThatThrownBy(() -> order.rank(0, 0)).isInstanceOf(RefusedException.class);
  }

  /// Sentence O1-LAN-01.
  @Test
  void wrongArgumentsAreRefusedWithTheirValue() {
    SampleSpace space = Shapes.equal(1, 10, 1);
    SampleOrder order = SampleOrder.of(space, OrderShape.full(1), 0, 0);
    assertRefused(() -> order.row(10), "position 10 is not in 0 to 9");
    assertRefused(() -> order.row(-1), "position -1");
    assertRefused(() -> order.rows(8, new long[3]), "position 10");
    assertRefused(() -> order.rank(10, 1), "position 10");
    assertRefused(() -> order.run(10), "row 10 is not in 0 to 9");
    assertRefused(() -> SampleOrder.of(space, OrderShape.full(1), 0, -1), "epoch -1");
    assertRefused(() -> OrderShape.lanes(12, 8, 5), "lanes 5 is neither");
    assertRefused(() -> OrderShape.lanes(0, 8, 5), "batch 0");
    assertRefused(() -> OrderShape.lanes(5, 0, 5), "runSamples 0");
    assertRefused(() -> OrderShape.full(8).withStickyHomes(), "stickyHomes");
    assertRefused(() -> FragmentRows.of(-1, 1), "rows -1");
    assertRefused(() -> FragmentRows.of(1, 0), "groupSamples 0");
    assertRefused(() -> FragmentRows.of(9, 1, new long[] {0, 3, 3, 4}), "live rows 3 to 4");
    assertRefused(() -> FragmentRows.of(9, 1, new long[] {0, 10}), "live rows 0 to 10");
    assertRefused(() -> FragmentRows.of(9, 1, new long[] {4}), "not pairs");
  }

  private static void assertRefused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String words) {
    assertThatThrownBy(call).isInstanceOf(RefusedException.class).hasMessageContaining(words);
  }
}
