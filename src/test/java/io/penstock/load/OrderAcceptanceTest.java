package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What an order promises, over a catalogue of versions and shapes of every kind: each property is
/// checked wherever its condition holds. Single properties have tests of their own beside this one.
class OrderAcceptanceTest {
  private static final long SEED = 20261122;
  private static final long[] WORLD_SIZES = {1, 2, 3, 4, 6, 8, 12};

  /// A version and the shape of an order over it.
  ///
  /// @param whole whether no row is deleted and all chunks have as many rows, of which a run has a
  ///   multiple
  record Given(String name, SampleSpace space, OrderShape shape, boolean whole) {
    static Given of(String name, SampleSpace space, long batch, long runSamples, long lanes) {
      return new Given(name, space, OrderShape.lanes(batch, runSamples, lanes), true);
    }

    Given partly() {
      return new Given(name, space, shape, false);
    }

    Given sticky() {
      return new Given(name, space, shape.withStickyHomes(), whole);
    }

    long samples() {
      return space.samples();
    }

    long laneSamples() {
      return samples() / shape.lanes();
    }

    long fullBatches() {
      return samples() / shape.batch();
    }

    boolean hasLanes() {
      return shape.level() == OrderShape.Level.LANES;
    }

    SampleOrder order(long epoch) {
      return SampleOrder.of(space, shape, SEED, epoch);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static List<Given> catalogue() {
    return Stream.concat(small().stream(), large().stream()).toList();
  }

  private static List<Given> small() {
    return List.of(
        Given.of("one sample", Shapes.equal(1, 1, 16), 1, 1, 1),
        Given.of("two samples, batch of 12", Shapes.equal(1, 2, 1), 12, 64, 24),
        Given.of("prime 7", Shapes.equal(1, 7, 2), 2, 2, 4),
        Given.of("fewer samples than lanes", Shapes.equal(1, 50, 8), 12, 16, 96),
        Given.of("as many samples as lanes", Shapes.equal(1, 96, 8), 12, 16, 96),
        Given.of("fewer samples than the batch", Shapes.equal(3, 11, 4), 48, 8, 48),
        Given.of("a run longer than the version", Shapes.equal(1, 999, 8), 12, 4096, 12),
        Given.of("more lanes than runs", Shapes.equal(1, 1009, 8), 24, 64, 48),
        Given.of("one run less than two a lane", Shapes.equal(1, 64 * 23, 8), 12, 64, 12),
        new Given("sequential", Shapes.equal(2, 999, 8), OrderShape.sequential(12), true),
        new Given("runs", Shapes.equal(2, 999, 8), OrderShape.runs(12, 64), true),
        new Given("full", Shapes.equal(2, 999, 8), OrderShape.full(12), true));
  }

  private static List<Given> large() {
    return List.of(
        Given.of("prime 10007", Shapes.equal(1, 10_007, 16), 48, 16, 48),
        Given.of("prime 20011, lanes of several batches", Shapes.equal(1, 20_011, 8), 24, 40, 96),
        Given.of("2^14", Shapes.equal(1, 16_384, 16), 64, 32, 128),
        Given.of("2^14 - 1", Shapes.equal(1, 16_383, 16), 64, 32, 64),
        Given.of("2^14 + 1", Shapes.equal(1, 16_385, 16), 96, 32, 24),
        Given.of("one lane", Shapes.equal(1, 20_000, 8), 12, 64, 1),
        Given.of("batch of one", Shapes.equal(1, 20_000, 8), 1, 64, 24),
        Given.of("a batch of many steps", Shapes.equal(1, 30_011, 8), 384, 80, 12),
        Given.of("sticky homes", Shapes.equal(1, 20_000, 16), 12, 64, 24).sticky(),
        Given.of("3,000 fragments of 7", Shapes.equal(3_000, 7, 7), 48, 56, 48),
        Given.of("1,000 fragments of 60", Shapes.equal(1_000, 60, 10), 96, 40, 96),
        Given.of("10 uneven fragments", uneven(), 48, 40, 96),
        Given.of("mixed group sizes", mixedGroups(), 24, 200, 24).partly(),
        Given.of("1 % deleted", without(20_000, 8, 0.01), 48, 64, 48).partly(),
        Given.of("30 % deleted", without(20_000, 8, 0.3), 48, 32, 96).partly(),
        Given.of("a fragment deleted", fragmentDeleted(), 24, 32, 48).partly(),
        Given.of("a view of a tenth", without(60_000, 16, 0.9), 12, 16, 60).partly(),
        Given.of("a view of one class", oneClass(), 24, 32, 24).partly(),
        Given.of("a view of one row a fragment", oneRowEach(), 12, 16, 24).partly());
  }

  private static SampleSpace uneven() {
    List<FragmentRows> fragments = new ArrayList<>();
    for (long rows : new long[] {1, 9_001, 40, 3_333, 7, 12_000, 0, 811, 2_048, 39}) {
      fragments.add(FragmentRows.of(rows, 8));
    }
    return SampleSpace.of(fragments);
  }

  private static SampleSpace mixedGroups() {
    List<FragmentRows> fragments = new ArrayList<>();
    for (long group : new long[] {16, 20, 50, 64}) {
      fragments.add(FragmentRows.of(7_000 + group, group));
    }
    return SampleSpace.of(fragments);
  }

  private static SampleSpace without(int rows, long groupSamples, double share) {
    Random random = new Random(SEED);
    Set<Long> deleted = new TreeSet<>();
    for (long row = 0; row < rows; row++) {
      if (random.nextDouble() < share) {
        deleted.add(row);
      }
    }
    return SampleSpace.of(List.of(Shapes.fragment(rows, groupSamples, deleted)));
  }

  private static SampleSpace fragmentDeleted() {
    return SampleSpace.of(
        List.of(
            FragmentRows.of(5_000, 8),
            FragmentRows.of(4_000, 8, new long[0]),
            FragmentRows.of(6_001, 8)));
  }

  /// Storage is sorted by class: a view of one keeps a range of rows in the middle of two
  /// fragments.
  private static SampleSpace oneClass() {
    return SampleSpace.of(
        List.of(
            FragmentRows.of(5_000, 8, new long[] {2_003, 4_555}),
            FragmentRows.of(5_000, 8, new long[] {0, 1_777})));
  }

  private static SampleSpace oneRowEach() {
    List<FragmentRows> fragments = new ArrayList<>();
    for (int f = 0; f < 2_000; f++) {
      fragments.add(FragmentRows.of(30, 8, new long[] {f % 30, f % 30 + 1}));
    }
    return SampleSpace.of(fragments);
  }

  @Test
  void theCatalogueHasMoreThanTwentyShapes() {
    assertThat(catalogue()).hasSizeGreaterThan(20);
    assertThat(eachRunOnce()).hasSizeGreaterThan(5);
    assertThat(severalSteps()).hasSizeGreaterThan(1);
    assertThat(manyChunks()).hasSizeGreaterThan(5);
    assertThat(manyBatches()).hasSizeGreaterThan(8);
    assertThat(boundedReads()).hasSizeGreaterThan(5);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("catalogue")
  void everyLiveRowHasOnePosition_inEveryEpoch(Given given) {
    BitSet live = new BitSet();
    for (long sample = 0; sample < given.samples(); sample++) {
      live.set((int) given.space().row(sample));
    }
    for (long epoch = 0; epoch < 3; epoch++) {
      BitSet rows = new BitSet();
      for (long row : rows(given, epoch)) {
        rows.set((int) row);
      }
      assertThat(rows).isEqualTo(live);
      assertThat((long) rows.cardinality()).isEqualTo(given.samples());
    }
  }

  /// A run is L rows that come from runs of the version in version order.
  @ParameterizedTest(name = "{0}")
  @MethodSource("catalogue")
  void everyRunHasItsSamples(Given given) {
    SampleOrder order = given.order(0);
    long runSamples = given.shape().runSamples();
    int[] counts = new int[(int) Math.ceilDiv(given.samples(), runSamples)];
    for (long row : rows(given, 0)) {
      counts[(int) order.run(row)]++;
    }
    for (int run = 0; run < given.samples() / runSamples; run++) {
      assertThat((long) counts[run]).isEqualTo(runSamples);
    }
    assertThat(Arrays.stream(counts).asLongStream().sum()).isEqualTo(given.samples());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("catalogue")
  void ranksTogetherTakeTheSameGlobalBatches_inAllWorldSizes(Given given) {
    SampleOrder order = given.order(1);
    long batch = given.shape().batch();
    for (long worldSize : WORLD_SIZES) {
      if (batch % worldSize != 0) {
        continue;
      }
      for (long from = 0; from + batch <= given.samples(); from += batch) {
        long[] taken = new long[(int) worldSize];
        for (long i = from; i < from + batch; i++) {
          taken[(int) order.rank(i, worldSize)]++;
        }
        for (long count : taken) {
          if (count != batch / worldSize) {
            assertThat(taken).as("batch at %s", from).containsOnly(batch / worldSize);
          }
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("small")
  void theRestIsTheSame_whenItIsResumedAtAnyPosition(Given given) {
    long[] all = rows(given, 2);
    for (int from = 0; from < all.length; from++) {
      long[] next = new long[Math.min(40, all.length - from)];
      given.order(2).rows(from, next);
      assertThat(next).isEqualTo(Arrays.copyOfRange(all, from, from + next.length));
    }
  }

  private static List<Given> eachRunOnce() {
    return catalogue().stream()
        .filter(Given::hasLanes)
        .filter(given -> given.shape().lanes() % given.shape().batch() == 0)
        .filter(given -> given.laneSamples() >= 3 * given.shape().runSamples())
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("eachRunOnce")
  void noTwoSamplesOfARunAreInABatch_whenTheBatchDividesTheLanes(Given given) {
    for (long epoch = 0; epoch < 3; epoch++) {
      assertThat(pairs(given, epoch)).isZero();
    }
  }

  private static List<Given> severalSteps() {
    return catalogue().stream()
        .filter(Given::hasLanes)
        .filter(given -> given.shape().batch() > given.shape().lanes())
        .filter(given -> given.laneSamples() >= 4 * given.shape().runSamples())
        .filter(given ->
            given.shape().batch() / given.shape().lanes() <= given.shape().runSamples() / 2)
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("severalSteps")
  void pairsOfARunStayWithinTheirBound_whenTheLanesDivideTheBatch(Given given) {
    double expected =
        SameRunPairs.predicted(given.shape(), given.samples(), given.shape().runSamples(), 1)
            .fraction();
    assertThat((pairs(given, 0) + pairs(given, 1)) / 2).isLessThanOrEqualTo(1.1 * expected);
  }

  /// The fraction of same-run pairs in a batch.
  private static double pairs(Given given, long epoch) {
    ShuffleMeter meter =
        ShuffleMeter.of(given.shape(), given.samples(), given.shape().runSamples());
    SampleOrder order = given.order(epoch);
    for (long row : rows(given, epoch)) {
      meter.add(order.run(row));
    }
    return meter.report().window(ShuffleReport.Span.BATCH).orElseThrow().measured().fraction();
  }

  private static List<Given> manyChunks() {
    return catalogue().stream()
        .filter(Given::hasLanes)
        .filter(given -> given.samples() / given.shape().runSamples() >= 3 * given.shape().lanes())
        .filter(given -> chunks(given.space()) >= 4 * given.shape().lanes())
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("manyChunks")
  void everyBatchTouchesManyChunks(Given given) {
    long[] rows = rows(given, 0);
    int batch = (int) given.shape().batch();
    for (int from = 0; from + batch <= rows.length; from += batch) {
      Set<Long> chunks = new HashSet<>();
      for (int i = from; i < from + batch; i++) {
        chunks.add(chunk(given.space(), rows[i]));
      }
      assertThat((long) chunks.size())
          .as("batch at %s", from)
          .isGreaterThanOrEqualTo(Math.min(given.shape().lanes(), batch) / 2);
    }
  }

  private static List<Given> manyBatches() {
    return catalogue().stream()
        .filter(given -> given.hasLanes() || given.shape().level() == OrderShape.Level.FULL)
        .filter(given -> given.fullBatches() >= 64 && given.shape().batch() > 1)
        .filter(given -> given.samples() / given.shape().runSamples() >= 3 * given.shape().lanes())
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("manyBatches")
  void labelsAreAsEvenAtTheEndOfAnEpochAsInItsMiddle(Given given) {
    double end = 0;
    double middle = 0;
    int window = (int) (16 * given.shape().batch());
    long[] sampleOf = new long[(int) given.space().rows()];
    for (long sample = 0; sample < given.samples(); sample++) {
      sampleOf[(int) given.space().row(sample)] = sample;
    }
    for (long epoch = 0; epoch < 24; epoch++) {
      SampleOrder order = given.order(epoch);
      long last = given.fullBatches() * given.shape().batch();
      end += labelChiSquare(order, last - window, window, sampleOf);
      middle += labelChiSquare(order, last / 2 - window / 2, window, sampleOf);
    }
    assertThat(end / middle).isLessThanOrEqualTo(1.5);
  }

  /// χ² of 20 labels, by which the storage is sorted.
  private static double labelChiSquare(SampleOrder order, long from, int window, long[] sampleOf) {
    long[] rows = new long[window];
    order.rows(from, rows);
    double[] counts = new double[20];
    for (long row : rows) {
      counts[(int) (sampleOf[(int) row] * 20 / order.samples())]++;
    }
    double expected = window / 20.0;
    return Arrays.stream(counts).map(count -> (count - expected) * (count - expected)).sum();
  }

  private static List<Given> boundedReads() {
    return manyChunks().stream().filter(Given::whole).toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("boundedReads")
  void chunksAreReadLittleMoreThanOnce(Given given) {
    SampleOrder order = given.order(0);
    long runSamples = given.shape().runSamples();
    long[] held = new long[(int) given.shape().lanes()];
    Arrays.fill(held, -1);
    double reads = 0;
    for (long i = 0; i < given.samples(); i++) {
      long chunk = chunk(given.space(), order.row(i));
      int lane = (int) order.lane(i);
      reads += held[lane] == chunk ? 0 : 1;
      held[lane] = chunk;
    }
    double leftOver = 0;
    for (int f = 0; f < given.space().fragments(); f++) {
      leftOver += given.space().fragmentRows(f).rows() % runSamples;
    }
    double group = given.space().largestGroup();
    double bound =
        1
            + 2 * given.shape().lanes() * group / given.samples()
            + leftOver / given.samples() * group / runSamples
            + 0.05;
    assertThat(reads / chunks(given.space())).isLessThanOrEqualTo(bound);
  }

  /// Each set of a mix is passed through whole, again and again, whatever the weights.
  @Test
  void everySampleOfEverySetComesOnceAPass_inAMix() {
    List<Given> sets =
        catalogue().stream()
            .filter(given -> given.samples() >= 7 && given.samples() < 2_000)
            .limit(4)
            .toList();
    MixedOrder mixed =
        MixedOrder.of(
            SEED,
            List.of(
                new MixSegment(0, List.of(1L, 2L, 3L, 4L)),
                new MixSegment(2_345, List.of(5L, 0L, 1L, 2L)),
                new MixSegment(4_321, List.of(1L, 1L, 0L, 9L))));
    int positions = 20_000;
    int[] streams = new int[positions];
    long[] indexes = new long[positions];
    mixed.fill(0, streams, indexes);
    List<List<Long>> rows =
        List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (int i = 0; i < positions; i++) {
      Given set = sets.get(streams[i]);
      long pass = indexes[i] / set.samples();
      SampleOrder order =
          SampleOrder.of(set.space(), set.shape(), mixed.streamSeed(streams[i]), pass);
      rows.get(streams[i]).add(order.row(indexes[i] % set.samples()));
    }
    for (int s = 0; s < 4; s++) {
      int samples = (int) sets.get(s).samples();
      assertThat(rows.get(s)).hasSizeGreaterThan(2 * samples);
      for (int pass = 0; (pass + 1) * samples <= rows.get(s).size(); pass++) {
        List<Long> once = rows.get(s).subList(pass * samples, (pass + 1) * samples);
        assertThat(new HashSet<>(once)).hasSize(samples);
      }
    }
  }

  private static long[] rows(Given given, long epoch) {
    long[] rows = new long[Math.toIntExact(given.samples())];
    given.order(epoch).rows(0, rows);
    return rows;
  }

  /// The first row of the chunk that a row lies in.
  private static long chunk(SampleSpace space, long row) {
    int fragment = space.fragment(row);
    long group = space.fragmentRows(fragment).groupSamples();
    long first = space.firstRow(fragment);
    return first + (row - first) / group * group;
  }

  /// Chunks that have live rows.
  private static long chunks(SampleSpace space) {
    long chunks = 0;
    long last = -1;
    for (long sample = 0; sample < space.samples(); sample++) {
      long chunk = chunk(space, space.row(sample));
      chunks += chunk == last ? 0 : 1;
      last = chunk;
    }
    return chunks;
  }
}
