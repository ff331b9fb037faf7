package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.penstock.error.CorruptDataException;
import io.penstock.error.NotFoundException;
import io.penstock.error.RefusedException;
import io.penstock.format.ObjectKeys;
import io.penstock.load.OrderShape;
import io.penstock.load.RunCorrelation;
import io.penstock.load.ShuffleAdvisor;
import io.penstock.store.MemoryStore;
import io.penstock.store.PutCondition;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How alike neighbours are, by the sketches, against all pairs of the labels themselves.
class RunCorrelationTest {
  // Specification: V1-SKE-08

  private static final long SEED = 20260501;
  private static final int GROUP = 16;
  private static final int ROWS = 6400;

  private final Penstock penstock = Penstock.builder().memory(64 << 20).threads(2).build();
  private final MemoryStore store = new MemoryStore(() -> Instant.EPOCH);
  private final Dataset dataset = penstock.create(store);
  private final Random random = new Random(SEED);
  private final Map<String, int[]> read = new HashMap<>();

  @AfterEach
  void close() {
    dataset.close();
    penstock.close();
  }

  private Version write(IntUnaryOperator label, int rows) {
    return write(label, rows, settings -> settings);
  }

  private Version write(
      IntUnaryOperator label, int rows, UnaryOperator<DatasetWriter.Builder> settings) {
    int[] labels = IntStream.range(0, rows).map(label).toArray();
    DatasetWriter.Builder builder =
        dataset
            .writer()
            .tensor("label", DataType.INT32, Shape.SCALAR)
            .tensor("picture", DataType.UINT8, Shape.of(4))
            .chunkSamples(GROUP);
    try (DatasetWriter writer = settings.apply(builder).open()) {
      writer.append(Samples.of(rows).with("label", labels).with("picture", new byte[4 * rows]));
      return writer.commit("");
    }
  }

  private static RunCorrelation correlation(Version version) {
    return version.runCorrelation("label").orElseThrow();
  }

  /// Σ over runs of the pairs of equal labels, and so on, as the definition says; runs as the order
  /// of samples cuts them: whole ones of each fragment, then what is left over.
  private double bruteForce(Version version, int runSamples) {
    List<Integer> line = new ArrayList<>();
    List<Integer> leftOver = new ArrayList<>();
    int firstRow = 0;
    int[] labels = read.computeIfAbsent(version.name(), _ -> labels(version));
    for (int f = 0; f < version.content().fragments().size(); f++) {
      int rows = Math.toIntExact(version.content().fragments().get(f).rows());
      int whole = rows / runSamples * runSamples;
      for (int row = 0; row < rows; row++) {
        (row < whole ? line : leftOver).add(labels[firstRow + row]);
      }
      firstRow += rows;
    }
    line.addAll(leftOver);
    double pairs = 0;
    double equal = 0;
    for (int from = 0; from < line.size(); from += runSamples) {
      List<Integer> run = line.subList(from, Math.min(line.size(), from + runSamples));
      pairs += run.size() / 2.0 * (run.size() - 1);
      for (double count : counts(run).values()) {
        equal += count * (count - 1) / 2;
      }
    }
    double chance =
        counts(line).values().stream().mapToDouble(count -> Math.pow(count / line.size(), 2)).sum();
    return (equal / pairs - chance) / (1 - chance);
  }

  private static Map<Integer, Double> counts(List<Integer> labels) {
    Map<Integer, Double> counts = new HashMap<>();
    labels.forEach(label -> counts.merge(label, 1.0, Double::sum));
    return counts;
  }

  private static int[] labels(Version version) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(4 * version.samples(), 4);
      long[] all = java.util.stream.LongStream.range(0, version.samples()).toArray();
      version.tensor("label").read(all, target);
      return target.toArray(ValueLayout.JAVA_INT);
    }
  }

  @Test
  void itIsExact_forRunsThatAreAPowerOfTwoOfGroups() {
    List<IntUnaryOperator> storages =
        List.of(
            row -> row * 10 / ROWS,
            row -> row / 100 % 7,
            row -> row % 10,
            _ -> random.nextInt(10),
            row -> random.nextInt(5) == 0 ? row / 900 : random.nextInt(100));
    for (IntUnaryOperator storage : storages) {
      // Each stands behind those before: fragments are added up, too.
      Version version = write(storage, ROWS);
      RunCorrelation correlation = correlation(version);
      for (int runSamples = GROUP; runSamples <= 256; runSamples *= 2) {
        assertThat(correlation.at(runSamples))
            .isCloseTo(bruteForce(version, runSamples), within(1e-9));
      }
    }
  }

  /// As near as blocks of labels and runs that happen to begin together allow.
  @Test
  void itIsNearForRunsOfOtherLengths() {
    Version version = write(row -> row / 150 % 9, ROWS);
    RunCorrelation correlation = correlation(version);
    for (int runSamples : new int[] {48, 80, 112, 144, 176, 208, 400, 800, 1120, 3200}) {
      assertThat(correlation.at(runSamples))
          .as("run of %s", runSamples)
          .isCloseTo(bruteForce(version, runSamples), within(0.04));
    }
    assertThat(correlation.at(2))
        .as("a chunk is read whole")
        .isCloseTo(correlation.at(GROUP), within(1e-9));
    assertThat(correlation.at(1)).as("no pairs").isZero();
  }

  @Test
  void sortedStorageHasOne_shuffledStorageNone() {
    RunCorrelation sorted = correlation(write(row -> row * 10 / ROWS, ROWS));
    assertThat(sorted.at(64)).isEqualTo(1);
    assertThat(sorted.at(128)).isEqualTo(1);

    int[] labels = IntStream.range(0, ROWS).map(row -> row * 10 / ROWS).toArray();
    for (int i = labels.length; i > 1; i--) {
      int at = random.nextInt(i);
      int swapped = labels[at];
      labels[at] = labels[i - 1];
      labels[i - 1] = swapped;
    }
    dataset.createBranch("shuffled", Ref.parse("main:0"));
    Version shuffled = write(row -> labels[row], ROWS, settings -> settings.branch("shuffled"));
    assertThat(correlation(shuffled).at(64)).isCloseTo(0, within(0.01));
    assertThat(correlation(shuffled).at(ROWS)).isCloseTo(0, within(0.001));
  }

  @Test
  void aWriteTimeShuffleLowersItAsItsWindowSays() {
    // A window of 4 labels: pairs of a run are alike once in four times, where chance is 1 in 40.
    Version version =
        write(row -> row * 40 / ROWS, ROWS, settings -> settings.preShuffle(16 * 4 * ROWS / 40, 1));
    long window = version.content().fragments().getFirst().shuffle().orElseThrow().bufferSamples();
    assertThat(window).isEqualTo(4 * ROWS / 40);
    double expected = (0.25 - 0.025) / (1 - 0.025);
    assertThat(correlation(version).at(64)).isCloseTo(expected, within(0.03));
    assertThat(correlation(version).at(64)).isCloseTo(bruteForce(version, 64), within(1e-9));
  }

  @Test
  void fragmentsThatAreShorterThanARunCount_byWhatTheyAreMadeOf() {
    for (int fragment = 0; fragment < 30; fragment++) {
      int first = fragment;
      write(_ -> random.nextInt(3) + first / 10, 40 + fragment);
    }
    Version version = dataset.version();
    for (int runSamples : new int[] {64, 100, 160, 500}) {
      assertThat(correlation(version).at(runSamples))
          .as("run of %s", runSamples)
          .isCloseTo(bruteForce(version, runSamples), within(0.04));
    }
    assertThat(correlation(version).at(100_000)).as("all in one run").isCloseTo(0, within(0.001));
  }

  @Test
  void fragmentsOfOneLabelEachAreTheWorst() {
    for (int fragment = 0; fragment < 8; fragment++) {
      int label = fragment;
      write(_ -> label, 320);
    }
    Version version = dataset.version();
    assertThat(correlation(version).at(64)).isEqualTo(1);
    assertThat(correlation(version).at(320)).isEqualTo(1);
    assertThat(correlation(version).at(640)).isCloseTo(bruteForce(version, 640), within(1e-9));
  }

  @Test
  void oneLabelIsNoCorrelation() {
    assertThat(correlation(write(_ -> 3, ROWS)).at(64)).isZero();
    assertThat(correlation(write(_ -> 3, 1)).at(64)).isZero();
  }

  @Test
  void anAdvisorTellsWhetherAVersionNeedsMoreLanes() {
    Version version = write(row -> row * 10 / ROWS, ROWS);
    ShuffleAdvisor.Advice few =
        version
            .shuffleAdvisor("label", OrderShape.lanes(64, 32, 8))
            .orElseThrow()
            .advice(ShuffleAdvisor.TARGET);
    assertThat(few.correlation()).isEqualTo(1);
    // Each of 8 lanes gives 8 samples to a batch; those d steps apart are of one run but for d/32.
    double pairs = 8 * (28 - 84 / 32.0);
    assertThat(few.batch()).isCloseTo(1 + 63 * pairs / (64 * 63 / 2), within(1e-9));
    assertThat(few.batches()).isGreaterThan(few.batch());
    assertThat(few.met()).isFalse();
    assertThat(few.lanesNeeded()).isEqualTo(64);
    assertThat(version.shuffleAdvisor("picture", OrderShape.full(64))).isEmpty();
  }

  @Test
  void itIsNotKnown_whenATensorIsNoLabel() {
    Version version = write(row -> row / 100, ROWS);
    assertThat(version.runCorrelation("picture")).isEmpty();
    assertThatThrownBy(() -> version.runCorrelation("none")).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> correlation(version).at(0)).isInstanceOf(RefusedException.class);
    assertThat(dataset.version(Ref.parse("main:0")).samples()).isZero();
  }

  @Test
  void readsGoOn_whenASketchIsDamagedOrGone() {
    Version version = write(row -> row / 100, ROWS);
    int[] labels = labels(version);
    String key = ObjectKeys.sketch(version.content().fragments().getFirst().id(), "label");
    byte[] bytes = store.get(key, 1 << 20).orElseThrow().content();
    bytes[60] ^= 1;
    store.delete(key);
    store.put(key, MemorySegment.ofArray(bytes), PutCondition.NONE);

    assertThatThrownBy(() -> version.runCorrelation("label"))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining(key)
        .hasMessageContaining("crc");
    List<Dataset.Problem> problems = new ArrayList<>();
    dataset.verify(Ref.branch("main"), 1, problems::add);
    assertThat(problems)
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.code()).isEqualTo("metadata-corrupt");
          assertThat(problem.object()).isEqualTo(key);
          assertThat(problem.message()).contains("predictions do without it");
        });
    assertThat(labels(dataset.version())).isEqualTo(labels);

    store.delete(key);
    assertThat(version.runCorrelation("label")).isEmpty();
    assertThat(labels(dataset.version())).isEqualTo(labels);
    problems.clear();
    dataset.verify(Ref.branch("main"), 1, problems::add);
    assertThat(problems).isEmpty();
  }
}
