package io.penstock.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/// Versions and orders to test with.
final class Shapes {
  private Shapes() {}

  /// A fragment without some of its rows.
  static FragmentRows fragment(long rows, long groupSamples, Set<Long> deleted) {
    List<Long> live = new ArrayList<>();
    for (long row = 0; row < rows; row++) {
      if (!deleted.contains(row)) {
        if (row == 0 || deleted.contains(row - 1)) {
          live.add(row);
        }
        if (row == rows - 1 || deleted.contains(row + 1)) {
          live.add(row + 1);
        }
      }
    }
    return FragmentRows.of(rows, groupSamples, live.stream().mapToLong(Long::longValue).toArray());
  }

  /// A version of equal fragments.
  static SampleSpace equal(int fragments, long rows, long groupSamples) {
    List<FragmentRows> all = new ArrayList<>();
    for (int f = 0; f < fragments; f++) {
      all.add(FragmentRows.of(rows, groupSamples));
    }
    return SampleSpace.of(all);
  }

  /// Random fragments, some with deleted rows.
  static List<FragmentRows> randomFragments(Random random) {
    int[] counts = {1, 1, 2, 5, 40};
    int[] sizes = {0, 1, 2, 7, 64, 100, 513, 1009};
    int[] groups = {1, 4, 8, 16, 20, 3000};
    double[] shares = {0, 0, 0.01, 0.3, 1};
    List<FragmentRows> fragments = new ArrayList<>();
    for (int f = counts[random.nextInt(counts.length)]; f > 0; f--) {
      int rows = sizes[random.nextInt(sizes.length)];
      double share = shares[random.nextInt(shares.length)];
      Set<Long> deleted = new TreeSet<>();
      for (long row = 0; row < rows; row++) {
        if (random.nextDouble() < share) {
          deleted.add(row);
        }
      }
      fragments.add(fragment(rows, groups[random.nextInt(groups.length)], deleted));
    }
    return fragments;
  }

  /// A random shape of any level.
  static OrderShape randomShape(Random random) {
    long batch = new long[] {1, 2, 6, 12, 12, 24, 48, 97}[random.nextInt(8)];
    long runSamples = new long[] {1, 7, 8, 16, 40, 64, 1000}[random.nextInt(7)];
    return switch (random.nextInt(8)) {
      case 0 -> OrderShape.sequential(batch);
      case 1 -> OrderShape.runs(batch, runSamples);
      case 2 -> OrderShape.full(batch);
      default -> {
        long lanes = batch * new long[] {1, 2, 3, 8}[random.nextInt(4)];
        if (random.nextInt(3) == 0) {
          lanes = batch;
          for (int tries = random.nextInt(4); tries > 0; tries--) {
            lanes = lanes % 2 == 0 ? lanes / 2 : 1;
          }
        }
        OrderShape shape = OrderShape.lanes(batch, runSamples, lanes);
        yield random.nextInt(3) == 0 ? shape.withStickyHomes() : shape;
      }
    };
  }
}
