package io.penstock.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.format.WriteShuffle;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.testing.JsonTree;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TumblingShuffleTest {
  // Specification: V1-SHU-01, V1-SHU-02, V1-SHU-03, V1-SHU-04, V1-SHU-05

  private static final Path VECTORS = Path.of("format-spec", "vectors", "shuffle.json");
  private static final long SEED = 20260301;
  private static final long MIB = 1L << 20;

  /// 8 for a sample, 4 for its number, 4 for the length of its text.
  private static final long LEAST_WEIGHT = 16;

  private static final Schema SCHEMA =
      new Schema(
          List.of(
              TensorSpec.of("number", DataType.INT32, Shape.SCALAR),
              TensorSpec.of("text", DataType.UINT8, Shape.of(Shape.RAGGED))));

  static Stream<Map<String, Object>> vectors() throws IOException {
    return JsonTree.rows(Files.readString(VECTORS)).stream();
  }

  /// Numbered samples of these weights; each text says its sample's number in every byte.
  private static List<Rows> rows(long[] weights, int from, int to) {
    int[] numbers = new int[to - from];
    int[] lengths = new int[to - from];
    int bytes = 0;
    for (int i = from; i < to; i++) {
      numbers[i - from] = i;
      lengths[i - from] = Math.toIntExact(weights[i] - LEAST_WEIGHT);
      bytes += lengths[i - from];
    }
    byte[] text = new byte[bytes];
    int at = 0;
    for (int i = from; i < to; i++) {
      Arrays.fill(text, at, at + lengths[i - from], (byte) i);
      at += lengths[i - from];
    }
    return List.of(
        new Rows(
            SCHEMA.tensors().get(0), to - from, MemorySegment.ofArray(numbers), MemorySegment.NULL),
        new Rows(
            SCHEMA.tensors().get(1),
            to - from,
            MemorySegment.ofArray(text),
            MemorySegment.ofArray(lengths)));
  }

  /// The numbers of the samples that come out, each checked against its text.
  private static final class Outcome {
    private final long[] weights;
    private final List<Long> numbers = new ArrayList<>();

    Outcome(long[] weights) {
      this.weights = weights;
    }

    void take(List<Rows> sample) {
      int number = sample.get(0).elements().get(ValueLayout.JAVA_INT_UNALIGNED, 0);
      Rows text = sample.get(1);
      assertThat(text.shapes().get(ValueLayout.JAVA_INT_UNALIGNED, 0))
          .isEqualTo(Math.toIntExact(weights[number] - LEAST_WEIGHT));
      assertThat(text.elements().byteSize()).isEqualTo(weights[number] - LEAST_WEIGHT);
      for (byte letter : text.elements().toArray(ValueLayout.JAVA_BYTE)) {
        assertThat(letter).isEqualTo((byte) number);
      }
      numbers.add((long) number);
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void theOrderIsThatOfTheVectors_howeverTheSamplesAreHandedOver(Map<String, Object> given) {
    long[] weights = numbers(given, "weights").stream().mapToLong(each -> each).toArray();
    long bufferBytes = (Long) given.get("buffer_bytes");
    for (int samplesPerCall : new int[] {1, 7, weights.length}) {
      Outcome outcome = new Outcome(weights);
      TumblingShuffle shuffle =
          new TumblingShuffle(
              SCHEMA,
              new WriteOptions.Shuffle(bufferBytes, (Long) given.get("seed")),
              MemorySegment.ofArray(new byte[Math.toIntExact(bufferBytes)]),
              outcome::take);
      for (int from = 0; from < weights.length; from += samplesPerCall) {
        shuffle.append(rows(weights, from, Math.min(weights.length, from + samplesPerCall)));
      }
      shuffle.finish();
      assertThat(outcome.numbers).isEqualTo(numbers(given, "order"));
      long largest = numbers(given, "windows").stream().mapToLong(each -> each).max().orElseThrow();
      assertThat(shuffle.done())
          .isEqualTo(new WriteShuffle("tumbling", (Long) given.get("seed"), largest, bufferBytes));
    }
  }

  @SuppressWarnings("unchecked")
  private static List<Long> numbers(Map<String, Object> given, String name) {
    return (List<Long>) java.util.Objects.requireNonNull(given.get(name));
  }

  private static WriteOptions options(long bufferBytes, long seed) {
    return new WriteOptions(
        OptionalLong.of(16),
        1L << 16,
        1L << 18,
        "zstd:1",
        Optional.of(new WriteOptions.Shuffle(bufferBytes, seed)));
  }

  /// Three tensors of 9,000 samples, about 9 MB: more than what decides the layout. The first tells
  /// a sample's number, and the others follow from it.
  private static TestSamples samples() {
    Schema schema =
        new Schema(
            List.of(
                TensorSpec.of("number", DataType.INT32, Shape.SCALAR),
                TensorSpec.of("image", DataType.UINT8, Shape.of(7, 11)),
                TensorSpec.of("text", DataType.UINT16, Shape.of(Shape.RAGGED, 2))));
    return TestSamples.random(schema, 9000, SEED, (random, _) -> random.nextInt(500))
        .numbered("number");
  }

  private static MemoryStore store() {
    return new MemoryStore(() -> Instant.EPOCH);
  }

  private static int[] numbers(StoredFragment stored) {
    byte[] bytes = stored.fixed("number");
    int[] numbers = new int[bytes.length / Integer.BYTES];
    MemorySegment.copy(
        MemorySegment.ofArray(bytes),
        ValueLayout.JAVA_INT_UNALIGNED,
        0,
        numbers,
        0,
        numbers.length);
    return numbers;
  }

  @Test
  void everySampleIsKeptWhole_whenItIsShuffled() {
    TestSamples samples = samples();
    try (WriterRig rig = new WriterRig(64 * MIB, 2);
        MemoryStore store = store()) {
      FragmentWriter.Written written = rig.write(store, samples, options(MIB, 3), 100);
      StoredFragment stored = new StoredFragment(store, samples.schema(), written).checkEntry();
      int[] numbers = numbers(stored);
      assertThat(numbers).hasSize(samples.count()).doesNotHaveDuplicates();
      assertThat(IntRange.of(numbers)).isEqualTo(new IntRange(0, samples.count() - 1));

      byte[] images = stored.fixed("image");
      StoredFragment.Ragged texts = stored.ragged("text");
      for (int row = 0; row < numbers.length; row++) {
        assertThat(Arrays.copyOfRange(images, 77 * row, 77 * (row + 1)))
            .isEqualTo(samples.samples("image").get(numbers[row]));
        assertThat(texts.samples().get(row)).isEqualTo(samples.samples("text").get(numbers[row]));
      }
      WriteShuffle done = written.entry().shuffle().orElseThrow();
      assertThat(done).isEqualTo(new WriteShuffle("tumbling", 3, done.bufferSamples(), MIB));
      assertThat(done.bufferSamples()).isBetween(800L, 1200L);
      assertThat(displaced(numbers)).isLessThan(done.bufferSamples()).isGreaterThan(700);
    }
  }

  private record IntRange(int least, int most) {
    static IntRange of(int[] numbers) {
      return new IntRange(
          Arrays.stream(numbers).min().orElseThrow(), Arrays.stream(numbers).max().orElseThrow());
    }
  }

  private static long displaced(int[] numbers) {
    return LongStream.range(0, numbers.length)
        .map(row -> Math.abs(row - numbers[Math.toIntExact(row)]))
        .max()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"1, 256, 9000", "5, 64, 1", "2, 32, 7", "3, 24, 4096"})
  void theSameSamplesAndOptionsGiveTheSameBytes_howeverTheyAreWritten(
      int threads, long budgetMib, int samplesPerCall) {
    try (MemoryStore first = store();
        MemoryStore second = store();
        WriterRig usual = new WriterRig(256 * MIB, 2);
        WriterRig rig = new WriterRig(budgetMib * MIB, threads)) {
      FragmentWriter.Written expected = usual.write(first, samples(), options(MIB, 3), 500);
      FragmentWriter.Written written =
          rig.write(second, samples(), options(MIB, 3), samplesPerCall);
      assertThat(written.entry()).isEqualTo(expected.entry());
      assertThat(new StoredFragment(second, samples().schema(), written).objects())
          .containsExactlyInAnyOrderEntriesOf(
              new StoredFragment(first, samples().schema(), expected).objects());
    }
  }

  @Test
  void anotherSeedOrWindowGivesAnotherDigest() {
    TestSamples samples = samples();
    WriteOptions inOrder =
        new WriteOptions(OptionalLong.of(16), 1L << 16, 1L << 18, "zstd:1", Optional.empty());
    try (WriterRig rig = new WriterRig(64 * MIB, 2)) {
      List<String> digests = new ArrayList<>();
      for (WriteOptions each :
          List.of(inOrder, options(MIB, 3), options(MIB, 4), options(2 * MIB, 3))) {
        try (MemoryStore store = store()) {
          digests.add(rig.write(store, samples, each, 1000).entry().digest().hex());
        }
      }
      assertThat(digests).doesNotHaveDuplicates();
    }
  }

  @Test
  void theWindowIsPartOfWhatTheRefusalNames_andThatMuchSuffices() {
    TestSamples samples = samples();
    long minimum;
    try (WriterRig rig = new WriterRig(4 * MIB, 1);
        MemoryStore store = store()) {
      RefusedException refused =
          catchThrowableOfType(
              RefusedException.class, () -> rig.write(store, samples, options(3 * MIB, 0), 100));
      assertThat(refused.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
      assertThat(store.list("", "", 10).objects()).isEmpty();
      Matcher bytes = Pattern.compile("at least (\\d+) bytes").matcher(refused.getMessage());
      assertThat(bytes.find()).as(refused.getMessage()).isTrue();
      minimum = Long.parseLong(bytes.group(1));
    }
    try (WriterRig rig = new WriterRig(minimum, 2);
        MemoryStore store = store()) {
      rig.write(store, samples, options(3 * MIB, 0), 100);
      assertThat(rig.pool().peakBytes()).isEqualTo(minimum);
    }
  }

  @Test
  void refuses_whenTheWindowExceedsTheBudget() {
    try (WriterRig rig = new WriterRig(MIB, 1);
        MemoryStore store = store()) {
      assertThatThrownBy(() -> rig.writer(store, SCHEMA, options(2 * MIB, 0)))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("shuffle buffer of 2097152 bytes exceeds")
          .hasMessageContaining("1048576");
    }
  }

  @Test
  void refuses_whenTheWindowHoldsLessThanTwoSamples() {
    try (WriterRig rig = new WriterRig(MIB, 1);
        MemoryStore store = store()) {
      assertThatThrownBy(() -> rig.writer(store, SCHEMA, options(2 * LEAST_WEIGHT - 1, 0)))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("does not hold two samples, which need 16 bytes each");
      try (FragmentWriter writer = rig.writer(store, SCHEMA, options(2 * LEAST_WEIGHT, 0))) {
        assertThat(writer.samples()).isZero();
      }
      assertThatThrownBy(() -> new WriteOptions.Shuffle(0, 0))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("0 bytes");
    }
  }

  @Test
  void nothingLiesOnTheStore_whenTheWriterIsClosedBeforeItsFirstWindowIsFull() {
    try (WriterRig rig = new WriterRig(64 * MIB, 2);
        MemoryStore store = store()) {
      try (FragmentWriter writer = rig.writer(store, samples().schema(), options(32 * MIB, 0))) {
        samples().appendTo(writer, 1000);
        assertThat(rig.pool().usedBytes()).isGreaterThan(32 * MIB);
      }
      assertThat(rig.pool().usedBytes()).isZero();
      assertThat(store.list("", "", 10).objects()).isEmpty();
    }
  }
}
