package io.penstock.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.format.LabelSketch;
import io.penstock.format.ObjectKeys;
import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.write.FragmentWriter.Column;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelTallyTest {
  // Specification: V1-SKE-02, V1-SKE-04, V1-SKE-05, V1-SKE-06

  private static final long SEED = 20260401;
  private static final long MIB = 1L << 20;

  private static LabelSketch tallied(long[] labels, long groupSamples) {
    LabelTally tally = new LabelTally(groupSamples);
    for (long label : labels) {
      tally.add(label);
    }
    return tally.sketch();
  }

  /// The same by looking at every pair.
  private static LabelSketch bruteForce(long[] labels, long groupSamples) {
    int lengths = LabelSketch.lengths(labels.length, groupSamples);
    long[] pairs = new long[lengths];
    for (int i = 0; i < labels.length; i++) {
      for (int j = 0; j < i; j++) {
        for (int k = 0; k < lengths && labels[i] == labels[j]; k++) {
          long run = groupSamples << k;
          pairs[k] += i / run == j / run ? 1 : 0;
        }
      }
    }
    long[] ascending = LongStream.of(labels).distinct().sorted().toArray();
    long[] counts =
        LongStream.of(ascending)
            .map(label -> LongStream.of(labels).filter(each -> each == label).count())
            .toArray();
    return new LabelSketch(labels.length, groupSamples, pairs, ascending, counts);
  }

  @ParameterizedTest
  @CsvSource({"1, 64", "63, 64", "64, 64", "65, 64", "500, 1", "500, 7", "512, 8", "700, 16"})
  void aSketchIsWhatLookingAtEveryPairGives(int rows, long groupSamples) {
    Random random = new Random(SEED);
    List<IntToLongFunction> patterns =
        List.of(
            row -> row / 50,
            row -> random.nextInt(5) - 2,
            row -> row,
            _ -> Long.MIN_VALUE,
            row -> row % 3 == 0 ? 1000 : random.nextInt(1 + row / 10));
    for (IntToLongFunction pattern : patterns) {
      long[] labels = IntStream.range(0, rows).mapToLong(pattern).toArray();
      LabelSketch sketch = tallied(labels, groupSamples);
      assertThat(sketch).isEqualTo(bruteForce(labels, groupSamples));
      assertThat(LabelSketch.decode("k", sketch.encode(), rows, groupSamples)).isEqualTo(sketch);
    }
  }

  private static MemoryStore store() {
    return new MemoryStore(() -> Instant.EPOCH);
  }

  private static Optional<LabelSketch> sketch(
      MemoryStore store, FragmentWriter.Written written, String tensor) {
    String key = ObjectKeys.sketch(written.entry().id(), tensor);
    return store
        .get(key, LabelSketch.MAX_BYTES)
        .map(object ->
            LabelSketch.decode(
                key, object.content(), written.entry().rows(), written.layout().groupSamples()));
  }

  @Test
  void aFragmentHasASketchForEachTensorOfLabels_inTheOrderInWhichTheyAreStored() {
    Schema schema =
        new Schema(
            List.of(
                TensorSpec.of("number", DataType.INT32, Shape.SCALAR),
                TensorSpec.of("bool", DataType.BOOL, Shape.of(1)),
                TensorSpec.of("byte", DataType.UINT8, Shape.SCALAR),
                TensorSpec.of("pair", DataType.UINT8, Shape.of(2)),
                TensorSpec.of("real", DataType.FLOAT32, Shape.SCALAR),
                TensorSpec.of("text", DataType.UINT8, Shape.of(Shape.RAGGED))));
    TestSamples samples =
        TestSamples.random(schema, 3000, SEED, (random, _) -> random.nextInt(9)).numbered("number");
    WriteOptions options =
        new WriteOptions(
            OptionalLong.of(16),
            1L << 16,
            1L << 18,
            "none",
            Optional.of(new WriteOptions.Shuffle(40_000, 1)));
    try (WriterRig rig = new WriterRig(64 * MIB, 2);
        MemoryStore store = store()) {
      FragmentWriter.Written written = rig.write(store, samples, options, 250);
      StoredFragment stored = new StoredFragment(store, schema, written);
      for (String tensor : List.of("bool", "byte")) {
        byte[] elements = stored.fixed(tensor);
        long[] labels =
            IntStream.range(0, elements.length)
                .mapToLong(row -> Byte.toUnsignedLong(elements[row]))
                .toArray();
        assertThat(sketch(store, written, tensor)).contains(bruteForce(labels, 16));
      }
      assertThat(sketch(store, written, "number"))
          .hasValueSatisfying(sketch -> assertThat(sketch.labels()).isEqualTo(3000));
      for (String tensor : List.of("pair", "real", "text")) {
        assertThat(sketch(store, written, tensor)).isEmpty();
      }
    }
  }

  /// Which tensors have sketches when they have so many different labels.
  private static List<Boolean> sketched(int rows, int samplesPerCall, int... different) {
    Schema schema =
        new Schema(
            IntStream.range(0, different.length)
                .mapToObj(i -> TensorSpec.of("t" + i, DataType.UINT16, Shape.SCALAR))
                .toList());
    try (WriterRig rig = new WriterRig(64 * MIB, 2);
        MemoryStore store = store();
        FragmentWriter writer = rig.writer(store, schema, WriteOptions.DEFAULT)) {
      for (int from = 0; from < rows; from += samplesPerCall) {
        int start = from;
        int count = Math.min(samplesPerCall, rows - from);
        writer.append(
            count,
            Arrays.stream(different)
                .<Column>mapToObj(labels -> new Column.Fixed(cycling(labels, start, count)))
                .toList());
      }
      FragmentWriter.Written written = writer.finish();
      return schema.tensors().stream()
          .map(tensor -> sketch(store, written, tensor.name()).isPresent())
          .toList();
    }
  }

  @Test
  void aTensorWithTooManyLabelsHasNoSketch() {
    int rows = LabelSketch.MAX_LABELS + 1;
    assertThat(sketched(rows, rows, LabelSketch.MAX_LABELS, rows)).containsExactly(true, false);
  }

  @ParameterizedTest
  @CsvSource({"1", "1000", "31000"})
  void tensorsWithMostLabelsGoWithout_whenAllTogetherHaveTooMany(int samplesPerCall) {
    // Those at the same height are given up in the order of the schema: 70,001 labels are too many.
    assertThat(sketched(31_000, samplesPerCall, 100, 30_000, 30_001, 9_900))
        .containsExactly(true, false, true, true);
  }

  private static MemorySegment cycling(int labels, int from, int count) {
    short[] values = new short[count];
    for (int i = 0; i < count; i++) {
      values[i] = (short) ((from + i) % labels);
    }
    return MemorySegment.ofArray(values);
  }
}
