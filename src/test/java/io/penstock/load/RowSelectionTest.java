package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.penstock.error.RefusedException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Choosing rows, and finding one's way among those that were chosen.
class RowSelectionTest {
  private static final long SEED = 20261121;

  @Test
  void chosenRowsAreFound_inHundredsOfRandomSelections() {
    for (int n = 0; n < 300; n++) {
      Random random = new Random(SEED + n);
      SampleSpace all = SampleSpace.of(Shapes.randomFragments(random));
      BitSet expected = live(all);
      RowSelection selection = RowSelection.all(all);
      double share = random.nextDouble();
      long from = random.nextLong(all.rows() + 1);
      selection.retain(from, all.rows(), row -> hash(row) < share);
      expected.stream()
          .filter(row -> row >= from && hash(row) >= share)
          .boxed()
          .toList()
          .forEach(expected::clear);
      assertIs(selection.space(), all, expected, "seed " + (SEED + n));
    }
  }

  private static double hash(long row) {
    return new Random(row * 77).nextDouble();
  }

  private static BitSet live(SampleSpace space) {
    BitSet live = new BitSet();
    space.visit((from, to) -> live.set(Math.toIntExact(from), Math.toIntExact(to)));
    return live;
  }

  private static void assertIs(SampleSpace found, SampleSpace all, BitSet rows, String what) {
    assertThat(found.samples()).as(what).isEqualTo(rows.cardinality());
    assertThat(found.rows()).as(what).isEqualTo(all.rows());
    assertThat(live(found)).as(what).isEqualTo(rows);
    int row = rows.nextSetBit(0);
    for (long sample = 0; sample < found.samples(); sample++) {
      assertThat(found.row(sample)).as(what).isEqualTo(row);
      row = rows.nextSetBit(row + 1);
    }
    for (int f = 0; f < found.fragments(); f++) {
      FragmentRows fragment = found.fragmentRows(f);
      int first = Math.toIntExact(found.firstRow(f));
      for (int at = 0; at <= fragment.rows(); at++) {
        long before = rows.get(first, first + at).cardinality();
        assertThat(fragment.liveBefore(at)).as(what).isEqualTo(before);
      }
    }
  }

  @Test
  void selectionsCombine() {
    SampleSpace all = Shapes.equal(3, 100, 8);
    RowSelection some = RowSelection.all(all);
    RowSelection other = RowSelection.none(all);
    other.add(90, 110);
    other.add(205, 206);
    some.retainAll(other);
    assertThat(live(some.space())).isEqualTo(bits(90, 110, 205, 206));
    assertThat(some.contains(109)).isTrue();
    assertThat(some.contains(110)).isFalse();
    assertThat(some.containsAny(110, 205)).isFalse();
    assertThat(some.containsAny(110, 206)).isTrue();
    some.removeAll(some);
    assertThat(some.space().samples()).isZero();
    RowSelection rest = RowSelection.all(all);
    rest.removeAll(other);
    assertThat(live(rest.space())).isEqualTo(bits(0, 90, 110, 205, 206, 300));
  }

  private static BitSet bits(int... bounds) {
    BitSet bits = new BitSet();
    for (int i = 0; i < bounds.length; i += 2) {
      bits.set(bounds[i], bounds[i + 1]);
    }
    return bits;
  }

  /// Sentence O1-GEN-01.
  @Test
  void ordersCoverExactlyTheChosenRows() {
    for (int n = 0; n < 150; n++) {
      Random random = new Random(SEED + n);
      SampleSpace all = SampleSpace.of(Shapes.randomFragments(random));
      RowSelection selection = RowSelection.all(all);
      double share = new double[] {0, 0.02, 0.3, 0.9}[random.nextInt(4)];
      selection.retain(0, all.rows(), row -> hash(row) < share);
      SampleSpace view = selection.space();
      OrderShape shape = Shapes.randomShape(random);
      SampleOrder order = SampleOrder.of(view, shape, random.nextLong(), 1);
      BitSet rows = new BitSet();
      for (long i = 0; i < order.samples(); i++) {
        rows.set(Math.toIntExact(order.row(i)));
      }
      assertThat(rows).as("seed %s: %s", SEED + n, shape).isEqualTo(live(view));
      assertThat(order.samples()).isEqualTo(rows.cardinality());
    }
  }

  @Test
  void aScatteredSelectionTakesLittleMoreThanABitForEachRow() {
    SampleSpace all = Shapes.equal(1, 10_000_000, 256);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    RowSelection selection = RowSelection.all(all);
    selection.retain(0, all.rows(), row -> row % 10 == 3);
    selection.space();
    long before = threads.getCurrentThreadAllocatedBytes();
    SampleSpace view = selection.space();
    assertThat(threads.getCurrentThreadAllocatedBytes() - before)
        .isLessThan(10_000_000 / 8 * 11 / 10);
    assertThat(view.samples()).isEqualTo(1_000_000);
    assertThat(view.row(999_999)).isEqualTo(9_999_993);
  }

  @Test
  void hashesAreEqual_exactlyIfTheRowsAre() {
    SampleSpace oneFragment = Shapes.equal(1, 4_000, 16);
    SampleSpace fourFragments = Shapes.equal(4, 1_000, 20);
    assertThat(half(oneFragment).hash()).isEqualTo(half(fourFragments).hash()).hasSize(64);
    assertThat(half(oneFragment).hash()).isNotEqualTo(oneFragment.hash());
    assertThat(oneFragment.hash()).isEqualTo(fourFragments.hash());
    assertThat(oneFragment.hash()).isNotEqualTo(Shapes.equal(1, 4_001, 16).hash());
    List<FragmentRows> fragments = new ArrayList<>();
    for (long deleted = 0; deleted < 100; deleted++) {
      fragments.add(Shapes.fragment(100, 8, Set.of(deleted)));
    }
    assertThat(fragments.stream().map(rows -> SampleSpace.of(List.of(rows)).hash()).distinct())
        .hasSize(100);
  }

  private static SampleSpace half(SampleSpace space) {
    RowSelection selection = RowSelection.all(space);
    selection.retain(0, space.rows(), row -> hash(row) < 0.5);
    return selection.space();
  }

  @Test
  void utilisationIsTheShareOfTheChunksThatAreRead() {
    assertThat(Shapes.equal(3, 10, 4).chunkUtilisation()).isEqualTo(1);
    // Chunks of 4 rows: 0 to 3, 4 to 7, and a short one with 8 and 9.
    assertThat(utilisation(0)).isEqualTo(1 / 4.0);
    assertThat(utilisation(0, 3)).isEqualTo(2 / 4.0);
    assertThat(utilisation(3, 4)).isEqualTo(2 / 8.0);
    assertThat(utilisation(9)).isEqualTo(1 / 2.0);
    assertThat(utilisation(0, 5, 9)).isEqualTo(3 / 10.0);
    assertThat(utilisation()).isEqualTo(1);
    assertThat(SampleSpace.of(List.of(FragmentRows.of(5, 1L << 62))).chunkUtilisation())
        .isEqualTo(1);
  }

  private static double utilisation(int... rows) {
    SampleSpace all = Shapes.equal(1, 10, 4);
    RowSelection selection = RowSelection.none(all);
    for (int row : rows) {
      selection.add(row, row + 1);
    }
    return selection.space().chunkUtilisation();
  }

  @Test
  void selectionIsRefused_fromMoreRowsThanBitsFit() {
    SampleSpace large = Shapes.equal(2, 1L << 36, 1024);
    assertThatThrownBy(() -> RowSelection.all(large))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("2^36")
        .hasMessageContaining(Long.toString(1L << 37));
  }
}
