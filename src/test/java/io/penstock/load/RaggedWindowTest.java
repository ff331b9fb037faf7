package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.RefusedException;
import io.penstock.load.RaggedMode.Bucket;
import io.penstock.load.RaggedMode.MaxBytes;
import io.penstock.load.RaggedMode.Overlong;
import io.penstock.load.RaggedMode.Pack;
import io.penstock.tensor.Hash64;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sentences O1-WIN-01, O1-WIN-02, O1-WIN-03, O1-WIN-04, O1-WIN-05: samples of different sizes,
/// gathered into batches.
class RaggedWindowTest {
  private static final List<Integer> WORLDS = List.of(1, 2, 3, 4, 6, 8, 12, 24);

  /// A window with all that it is made from.
  private record Case(
      RaggedMode mode, OrderShape shape, long seed, long epoch, long window, long[][] sizes) {
    static Case random(Random random, RaggedMode mode, int wholeBatches) {
      int batch = 24 * (1 + random.nextInt(3));
      OrderShape shape =
          random.nextBoolean()
              ? OrderShape.lanes(batch, 100, batch * (1L + random.nextInt(2)) / 2)
              : OrderShape.full(batch);
      int rest = mode instanceof Bucket ? 0 : random.nextInt(batch);
      int count = Math.min(RaggedWindow.BATCHES * batch, wholeBatches * batch + rest);
      int tensors = mode instanceof Pack ? 1 : 1 + random.nextInt(2);
      long[][] sizes = new long[tensors][];
      for (int tensor = 0; tensor < tensors; tensor++) {
        int kind = random.nextInt(4);
        sizes[tensor] =
            LongStream.range(0, count)
                .map(_ ->
                    switch (kind) {
                      case 0 -> random.nextInt(1000);
                      case 1 -> (long) Math.exp(4 + random.nextGaussian());
                      case 2 -> 7;
                      default -> random.nextInt(10) == 0 ? 0 : 20 * random.nextInt(3);
                    })
                .toArray();
      }
      return new Case(mode, shape, random.nextLong(), random.nextInt(5), random.nextInt(9), sizes);
    }

    int count() {
      return sizes[0].length;
    }

    long size(int position) {
      return Arrays.stream(sizes).mapToLong(of -> of[position]).sum();
    }

    long fixedBytes() {
      return 3;
    }

    RaggedWindow gather() {
      return RaggedWindow.of(mode, shape, seed, epoch, window, sizes, fixedBytes());
    }
  }

  private static RaggedMode randomMode(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> RaggedMode.offsets();
      case 1 -> new Bucket(1 + random.nextInt(64), RaggedMode.pad());
      case 2 -> RaggedMode.maxBytes(1 + random.nextInt(20_000));
      case 3 -> new MaxBytes(1 + random.nextInt(20_000), RaggedMode.pad());
      default -> new Pack(1 + random.nextInt(2000), 24 * (1 + random.nextInt(2)), 0, Overlong.CUT);
    };
  }

  private static int[] batch(RaggedWindow window, int batch) {
    return window.positions(batch, Share.WHOLE);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everySampleComesOnce_whateverTheModeAndTheWorldSize(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 60; round++) {
      Case each = Case.random(random, randomMode(random), random.nextInt(66));
      RaggedWindow window = each.gather();
      List<Integer> seen = new ArrayList<>();
      for (int b = 0; b < window.batches(); b++) {
        int[] whole = batch(window, b);
        assertThat(whole).isNotEmpty();
        assertThat(window.samplesBefore(b)).isEqualTo(seen.size());
        assertThat(window.batchAt(seen.size())).isEqualTo(b);
        for (int worldSize : WORLDS) {
          assertThat(inParts(window, b, worldSize)).as("%s of %s", b, each).isEqualTo(whole);
        }
        Arrays.stream(whole).forEach(seen::add);
      }
      assertThat(window.samplesBefore(window.batches())).isEqualTo(each.count());
      assertThat(window.batchAt(each.count())).isEqualTo(window.batches());
      Collections.sort(seen);
      assertThat(seen).isEqualTo(IntStream.range(0, each.count()).boxed().toList());
    }
  }

  private static int[] inParts(RaggedWindow window, int batch, int worldSize) {
    List<Integer> all = new ArrayList<>();
    for (int rank = 0; rank < worldSize; rank++) {
      Share share = new Share(rank, worldSize);
      int[] positions = window.positions(batch, share);
      int[] ends = window.rowEnds(batch, share);
      assertThat(ends).isSorted();
      assertThat(ends.length == 0 ? 0 : ends[ends.length - 1]).isEqualTo(positions.length);
      Arrays.stream(positions).forEach(all::add);
    }
    return all.stream().mapToInt(Integer::intValue).toArray();
  }

  @ParameterizedTest(name = "{0} buckets")
  @ValueSource(ints = {1, 2, 7, 16, 64})
  void aBatchComesFromOneBucket_whenTheyAreGatheredByLength(int buckets) {
    Random random = new Random(buckets);
    for (int batches : new int[] {0, 1, 5, 63, 64}) {
      Case each = Case.random(random, new Bucket(buckets, RaggedMode.pad()), batches);
      RaggedWindow window = each.gather();
      int size = (int) each.shape().batch();
      List<Integer> bySize =
          IntStream.range(0, each.count())
              .boxed()
              .sorted(Comparator.comparingLong(each::size))
              .toList();
      List<Set<Integer>> expected = new ArrayList<>();
      for (int bucket = 0; bucket < buckets; bucket++) {
        int from = bucket * batches / buckets * size;
        int to = (bucket + 1) * batches / buckets * size;
        List<Integer> own = new ArrayList<>(bySize.subList(from, to));
        Collections.sort(own);
        for (int at = 0; at < own.size(); at += size) {
          expected.add(new HashSet<>(own.subList(at, at + size)));
        }
      }
      List<Set<Integer>> found = new ArrayList<>();
      for (int b = 0; b < window.batches(); b++) {
        found.add(new HashSet<>(Arrays.stream(batch(window, b)).boxed().toList()));
      }
      assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
      expected.forEach(batch -> assertThat(batch).hasSize(size));
    }
  }

  @Test
  void bucketsComeInAnotherOrder_inEachWindowAndEpoch() {
    Random random = new Random(11);
    Case first = Case.random(random, RaggedMode.bucket(), 64);
    Set<List<Integer>> orders = new HashSet<>();
    for (int i = 0; i < 8; i++) {
      Case each = new Case(first.mode(), first.shape(), first.seed(), i / 4, i % 4, first.sizes());
      RaggedWindow window = each.gather();
      List<Integer> order = new ArrayList<>();
      IntStream.range(0, 64).forEach(b -> Arrays.stream(batch(window, b)).forEach(order::add));
      orders.add(order);
    }
    assertThat(orders).hasSize(8);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void batchesAreAsLargeAsTheirBoundAllows_inTheOrderOfSamples(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 30; round++) {
      long most = 1L + random.nextInt(30_000);
      Case each = Case.random(random, RaggedMode.maxBytes(most), random.nextInt(64));
      RaggedWindow window = each.gather();
      int next = 0;
      for (int b = 0; b < window.batches(); b++) {
        int[] batch = batch(window, b);
        long sum = 0;
        for (int position : batch) {
          sum += each.size(position) + each.fixedBytes();
        }
        assertThat(Arrays.stream(batch).min().orElseThrow()).isEqualTo(next);
        next += batch.length;
        assertThat(Arrays.stream(batch).max().orElseThrow()).isEqualTo(next - 1);
        assertThat(batch.length).isLessThanOrEqualTo((int) each.shape().batch());
        assertThat(sum <= most || batch.length == 1).isTrue();
        if (next < each.count() && batch.length < each.shape().batch()) {
          assertThat(sum + each.size(next) + each.fixedBytes()).isGreaterThan(most);
        }
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void paddingCounts_whenBatchesOfPaddedSamplesAreBounded(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 30; round++) {
      long most = 1L + random.nextInt(30_000);
      Case each = Case.random(random, new MaxBytes(most, RaggedMode.pad()), random.nextInt(64));
      RaggedWindow window = each.gather();
      long previousEnd = -1;
      List<long[]> ranges = new ArrayList<>();
      for (int b = 0; b < window.batches(); b++) {
        int[] batch = batch(window, b);
        long padded = each.fixedBytes();
        for (long[] sizes : each.sizes()) {
          padded += Arrays.stream(batch).mapToLong(position -> sizes[position]).max().orElseThrow();
        }
        assertThat(batch.length).isLessThanOrEqualTo((int) each.shape().batch());
        assertThat(batch.length * padded <= most || batch.length == 1).isTrue();
        ranges.add(
            new long[] {
              Arrays.stream(batch).mapToLong(each::size).min().orElseThrow(),
              Arrays.stream(batch).mapToLong(each::size).max().orElseThrow()
            });
      }
      ranges.sort(
          Comparator.comparingLong((long[] range) -> range[0]).thenComparingLong(r -> r[1]));
      for (long[] range : ranges) {
        assertThat(range[0]).isGreaterThanOrEqualTo(previousEnd);
        previousEnd = range[1];
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void rowsAreFilledByBestFit_whenSamplesArePacked(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 20; round++) {
      int rows = 24 * (1 + random.nextInt(2));
      long length = 100L + random.nextInt(1900);
      Case each = Case.random(random, new Pack(length, rows, 0, Overlong.CUT), random.nextInt(64));
      RaggedWindow window = each.gather();
      List<List<Integer>> expected = bestFit(each, length);
      assertThat(window.batches()).isEqualTo(Math.ceilDiv(expected.size(), rows));
      for (int b = 0; b < window.batches(); b++) {
        int end = Math.min(expected.size(), (b + 1) * rows);
        List<List<Integer>> found = rows(window, b, Share.WHOLE);
        assertThat(found).containsExactlyInAnyOrderElementsOf(expected.subList(b * rows, end));
      }
    }
  }

  private static List<List<Integer>> rows(RaggedWindow window, int batch, Share share) {
    int[] positions = window.positions(batch, share);
    List<List<Integer>> rows = new ArrayList<>();
    int from = 0;
    for (int end : window.rowEnds(batch, share)) {
      rows.add(Arrays.stream(positions, from, end).boxed().toList());
      from = end;
    }
    return rows;
  }

  /// The rule in other words: the last 32 rows that were begun are candidates.
  private static List<List<Integer>> bestFit(Case each, long length) {
    List<List<Integer>> rows = new ArrayList<>();
    List<Long> used = new ArrayList<>();
    int batch = (int) each.shape().batch();
    int groups = (int) each.shape().groups();
    List<Integer> byHome =
        IntStream.range(0, each.count())
            .boxed()
            .sorted(
                Comparator.comparingInt((Integer i) -> i / batch)
                    .thenComparingInt(i -> i % batch % groups)
                    .thenComparingInt(i -> i))
            .toList();
    for (int i : byHome) {
      long own = Math.min(length, each.sizes()[0][i]);
      int best =
          IntStream.range(Math.max(0, rows.size() - 32), rows.size())
              .filter(row -> used.get(row) + own <= length)
              .boxed()
              .min(
                  Comparator.comparingLong((Integer row) -> -used.get(row))
                      .thenComparing(Comparator.naturalOrder()))
              .orElse(-1);
      if (best < 0) {
        best = rows.size();
        rows.add(new ArrayList<>());
        used.add(0L);
      }
      rows.get(best).add(i);
      used.set(best, used.get(best) + own);
    }
    return rows;
  }

  @Test
  void littleIsWasted_whenSentencesArePackedIntoRowsOfSomeLengths() {
    Random random = new Random(5);
    OrderShape shape = OrderShape.full(1024);
    long[] lengths =
        LongStream.range(0, 64 * 1024)
            .map(_ -> (long) Math.exp(4.5 + 0.7 * random.nextGaussian()))
            .toArray();
    RaggedWindow window =
        RaggedWindow.of(
            new Pack(1024, 128, 0, Overlong.CUT), shape, 1, 0, 0, new long[][] {lengths}, 0);
    double filled = Arrays.stream(lengths).map(each -> Math.min(each, 1024)).sum();
    int rows = 0;
    for (int b = 0; b < window.batches(); b++) {
      rows += window.rowEnds(b, Share.WHOLE).length;
    }
    assertThat(filled / (rows * 1024.0)).isGreaterThan(0.98);
  }

  @Test
  void littlePaddingIsLeft_whenSentencesComeFromBuckets() {
    Random random = new Random(6);
    long[] lengths =
        LongStream.range(0, 64 * 256)
            .map(_ -> (long) Math.exp(4.5 + 0.7 * random.nextGaussian()))
            .toArray();
    long[][] sizes = {lengths};
    OrderShape shape = OrderShape.full(256);
    RaggedWindow plain = RaggedWindow.of(RaggedMode.pad(), shape, 1, 0, 0, sizes, 0);
    RaggedWindow bucketed = RaggedWindow.of(RaggedMode.bucket(), shape, 1, 0, 0, sizes, 0);
    assertThat(realShare(plain, lengths)).isLessThan(0.25);
    assertThat(realShare(bucketed, lengths)).isGreaterThan(0.7);
  }

  private static double realShare(RaggedWindow window, long[] lengths) {
    double padded = 0;
    for (int b = 0; b < window.batches(); b++) {
      int[] batch = batch(window, b);
      padded +=
          (double) batch.length * Arrays.stream(batch).mapToLong(i -> lengths[i]).max().orElse(0);
    }
    return Arrays.stream(lengths).sum() / padded;
  }

  /// A rank that has consecutive lanes should go on reading mostly those.
  @Test
  void ranksKeepMostOfTheirOwnSamples_whenBatchesAreGatheredAnew() {
    Random random = new Random(7);
    OrderShape shape = OrderShape.lanes(256, 100, 64);
    long[][] sizes = {random.longs(64 * 256, 1, 1000).toArray()};
    for (RaggedMode mode :
        List.of(RaggedMode.bucket(), RaggedMode.pack(4000, 32), RaggedMode.maxBytes(100_000))) {
      RaggedWindow window = RaggedWindow.of(mode, shape, 1, 0, 0, sizes, 0);
      int own = 0;
      int all = 0;
      for (int b = 0; b < window.batches(); b++) {
        for (int rank = 0; rank < 8; rank++) {
          for (int position : window.positions(b, new Share(rank, 8))) {
            int o = position % 256;
            own += (o % 64 * 4 + o / 64) * 8 / 256 == rank ? 1 : 0;
            all++;
          }
        }
      }
      assertThat((double) own / all).as(mode.toString()).isGreaterThan(0.5);
    }
  }

  @Test
  void batchesStayAsTheyAre_whenTheLibraryChanges() {
    OrderShape shape = OrderShape.lanes(12, 50, 6);
    long[][] sizes = new long[1][64 * 12];
    for (int i = 0; i < sizes[0].length; i++) {
      sizes[0][i] = Hash64.scale(500, Hash64.mix(i));
    }
    assertThat(
            List.of(
                digest(RaggedMode.bucket(), shape, sizes),
                digest(RaggedMode.maxBytes(4000), shape, sizes),
                digest(new MaxBytes(4000, RaggedMode.pad()), shape, sizes),
                digest(RaggedMode.pack(1000, 4), shape, sizes)))
        .containsExactly(
            "64 61f5b32db4b34927",
            "65 2a5809fbdecbd1f3",
            "72 bd401e0c76ab8cee",
            "49 ce95f4ea9483f8a9");
  }

  private static String digest(RaggedMode mode, OrderShape shape, long[][] sizes) {
    RaggedWindow window = RaggedWindow.of(mode, shape, 42, 3, 5, sizes, 8);
    long hash = window.batches();
    for (int b = 0; b < window.batches(); b++) {
      for (int position : batch(window, b)) {
        hash = Hash64.numbered(hash, position);
      }
      for (int end : window.rowEnds(b, Share.WHOLE)) {
        hash = Hash64.numbered(hash, end);
      }
    }
    return window.batches() + " " + Long.toHexString(hash);
  }

  @Test
  void whatCannotBeGathered_isRefused() {
    long[][] sizes = {new long[10]};
    assertThatThrownBy(
            () -> RaggedWindow.of(RaggedMode.bucket(), OrderShape.full(3), 0, 0, 0, sizes, 0))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("10 samples are not whole batches of 3");
    assertThatThrownBy(() ->
            RaggedWindow.of(RaggedMode.bucket(), OrderShape.full(1L << 22), 0, 0, 0, sizes, 0))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("batchSize 4194304");
    assertThatThrownBy(() -> new Bucket(65, RaggedMode.pad())).hasMessageContaining("65");
    assertThatThrownBy(() -> RaggedMode.pack(0, 1)).hasMessageContaining("length 0");
    assertThatThrownBy(() -> RaggedMode.pack(1, 0)).hasMessageContaining("0 rows");
    assertThatThrownBy(() -> RaggedMode.padTo(-1)).hasMessageContaining("-1");
    assertThatThrownBy(() -> RaggedMode.maxBytes(0)).hasMessageContaining("0 bytes");
  }
}
