package io.penstock.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.RefusedException;
import io.penstock.format.ArrayCatalog;
import io.penstock.format.Schema;
import io.penstock.format.TensorLayout;
import io.penstock.format.TensorSpec;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.write.FragmentWriter.Column;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FragmentWriterTest {
  // Specification: V1-ZAR-01, V1-RAG-03, V1-RAG-04, V1-RAG-05, V1-CHK-06, V1-CHK-07

  private static final long SEED = 20260101;
  private static final long MIB = 1L << 20;

  private static MemoryStore store() {
    return new MemoryStore(() -> Instant.EPOCH);
  }

  private static WriteOptions options(long chunkSamples, long shardBytes, String codec) {
    return new WriteOptions(
        OptionalLong.of(chunkSamples), 1L << 16, shardBytes, codec, Optional.empty());
  }

  private static void roundTrip(TestSamples samples, WriteOptions options, int samplesPerCall) {
    try (WriterRig rig = new WriterRig(128 * MIB, 2);
        MemoryStore store = store()) {
      FragmentWriter.Written written = rig.write(store, samples, options, samplesPerCall);
      checkContent(store, samples, written);
    }
  }

  private static StoredFragment checkContent(
      MemoryStore store, TestSamples samples, FragmentWriter.Written written) {
    StoredFragment stored = new StoredFragment(store, samples.schema(), written).checkEntry();
    assertThat(written.entry().rows()).isEqualTo(samples.count());
    for (TensorSpec tensor : samples.schema().tensors()) {
      if (tensor.ragged()) {
        StoredFragment.Ragged ragged = stored.ragged(tensor.name());
        assertThat(ragged.samples()).containsExactlyElementsOf(samples.samples(tensor.name()));
        assertThat(ragged.shapes().toArray(ValueLayout.JAVA_BYTE))
            .isEqualTo(samples.shapes(tensor.name()));
      } else {
        assertThat(stored.fixed(tensor.name())).isEqualTo(samples.elements(tensor.name()));
      }
    }
    return stored;
  }

  @ParameterizedTest
  @EnumSource
  void valuesComeBack_whenTheirTypeIsAny(DataType type) {
    Schema schema =
        new Schema(
            List.of(
                TensorSpec.of("fixed", type, Shape.of(3, 5)),
                TensorSpec.of("scalar", type, Shape.SCALAR),
                TensorSpec.of("ragged", type, Shape.of(Shape.RAGGED, 2, Shape.RAGGED))));
    TestSamples samples = TestSamples.random(schema, 1000, SEED, (random, _) -> random.nextInt(9));
    roundTrip(samples, options(16, 1L << 16, "auto"), 7);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "zstd:3", "zstd:-5", "gzip:6", "auto"})
  void valuesComeBack_whenTheCodecIsAny(String codec) {
    Schema schema =
        new Schema(
            List.of(
                TensorSpec.of("a", DataType.FLOAT32, Shape.of(40)),
                TensorSpec.of("b", DataType.UINT8, Shape.of(Shape.RAGGED))));
    TestSamples samples =
        TestSamples.random(schema, 500, SEED, (random, _) -> random.nextInt(3000));
    roundTrip(samples, options(8, 1L << 17, codec), 500);
  }

  @Test
  void valuesComeBack_whenSamplesAreCutOnTheirOwnAxes() {
    Schema schema =
        new Schema(List.of(TensorSpec.of("volume", DataType.FLOAT32, Shape.of(5, 1050, 1001))));
    TestSamples samples = TestSamples.random(schema, 3, SEED, (_, _) -> 0);
    roundTrip(
        samples,
        new WriteOptions(OptionalLong.empty(), MIB, 256 * MIB, "none", Optional.empty()),
        2);
  }

  @Test
  void valuesComeBack_whenSamplesAreLargerThanShards() {
    Schema schema =
        new Schema(List.of(TensorSpec.of("volume", DataType.UINT16, Shape.of(3, 3001, 1000))));
    TestSamples samples = TestSamples.random(schema, 2, SEED, (_, _) -> 0);
    WriteOptions options =
        new WriteOptions(OptionalLong.empty(), MIB, 3 * MIB, "none", Optional.empty());
    try (WriterRig rig = new WriterRig(64 * MIB, 2);
        MemoryStore store = store()) {
      FragmentWriter.Written written = rig.write(store, samples, options, 1);
      checkContent(store, samples, written);
      TensorLayout.Fixed layout = (TensorLayout.Fixed) written.layout().tensors().getFirst();
      assertThat(layout.array().shardGrid(1).elements()).isGreaterThan(3);
    }
  }

  @Test
  void refuses_whenSeveralSamplesWouldShareShardsThatHoldNoneOfThemWhole() {
    Schema schema =
        new Schema(List.of(TensorSpec.of("volume", DataType.UINT8, Shape.of(17, 1024, 1024))));
    TestSamples samples = TestSamples.random(schema, 1, SEED, (_, _) -> 0);
    WriteOptions options =
        new WriteOptions(OptionalLong.of(4), MIB, 4 * MIB, "none", Optional.empty());
    try (WriterRig rig = new WriterRig(64 * MIB, 1);
        MemoryStore store = store()) {
      assertThatThrownBy(() -> rig.write(store, samples, options, 1))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("chunkSamples 1");
      assertThat(store.list("", "", 10).objects()).isEmpty();
    }
  }

  @Test
  void valuesComeBack_whenSamplesHaveNoElements() {
    Schema schema =
        new Schema(
            List.of(
                TensorSpec.of("none", DataType.INT16, Shape.of(4, 0)),
                TensorSpec.of("empty", DataType.INT16, Shape.of(Shape.RAGGED)),
                TensorSpec.of("id", DataType.INT64, Shape.SCALAR)));
    roundTrip(
        TestSamples.random(schema, 300, SEED, (_, _) -> 0), options(32, 1L << 16, "zstd:1"), 11);
  }

  @Test
  void valuesComeBack_whenThereIsOneSample() {
    Schema schema = new Schema(List.of(TensorSpec.of("x", DataType.BFLOAT16, Shape.of(3))));
    roundTrip(TestSamples.random(schema, 1, SEED, (_, _) -> 0), WriteOptions.DEFAULT, 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 16, 1000})
  void groupsOfRaggedSamplesCrossNoShard_unlessTheyAreLargerThanOne(int groupSamples) {
    Schema schema =
        new Schema(List.of(TensorSpec.of("text", DataType.UINT8, Shape.of(Shape.RAGGED))));
    // Mostly small, some as large as a group, few larger than a shard, runs of empty ones.
    TestSamples samples =
        TestSamples.random(
            schema,
            2000,
            SEED,
            (random, sample) ->
                sample % 100 < 20
                    ? 0
                    : random.nextInt(200) == 0 ? random.nextInt(900_000) : random.nextInt(6000));
    try (WriterRig rig = new WriterRig(128 * MIB, 2);
        MemoryStore store = store()) {
      FragmentWriter.Written written =
          rig.write(store, samples, options(groupSamples, 1L << 18, "none"), 37);
      checkGroups(checkContent(store, samples, written), samples, groupSamples);
    }
  }

  private static void checkGroups(StoredFragment stored, TestSamples samples, int groupSamples) {
    TensorLayout.Ragged layout = (TensorLayout.Ragged) stored.layout("text");
    long chunkBytes = layout.values().chunk().dimension(0);
    int chunksPerShard = layout.values().chunksPerShard();
    long end = 0;
    long largest = 0;
    int straddling = 0;
    for (int from = 0; from < samples.count(); from += groupSamples) {
      int to = Math.min(samples.count(), from + groupSamples);
      long bytes =
          samples.samples("text").subList(from, to).stream().mapToLong(each -> each.length).sum();
      long first = stored.catalog("text").groupFirstChunk(from / groupSamples);
      long behind = first + Math.ceilDiv(bytes, chunkBytes);
      assertThat(first).as("groups do not overlap").isGreaterThanOrEqualTo(end);
      if (bytes > 0 && first / chunksPerShard != (behind - 1) / chunksPerShard) {
        assertThat(bytes).isGreaterThan(chunksPerShard * chunkBytes);
        assertThat(first % chunksPerShard).isZero();
        straddling++;
      }
      end = behind;
      largest = Math.max(largest, bytes);
    }
    assertThat(stored.extent("text").largestGroupBytes()).isEqualTo(largest);
    assertThat(stored.extent("text").largestSampleBytes())
        .isEqualTo(samples.samples("text").stream().mapToLong(each -> each.length).max().orElse(0));
    assertThat(straddling).as("the data has groups that are larger than a shard").isPositive();
  }

  @Test
  void everyChunkInBoundsIsStored_alsoWhenItEqualsTheFillValue() {
    Schema schema = new Schema(List.of(TensorSpec.of("zero", DataType.INT32, Shape.of(1024))));
    try (WriterRig rig = new WriterRig(64 * MIB, 2);
        MemoryStore store = store();
        FragmentWriter writer = rig.writer(store, schema, options(16, 1L << 18, "auto"))) {
      writer.append(100, List.of(new Column.Fixed(MemorySegment.ofArray(new byte[100 * 4096]))));
      StoredFragment stored = new StoredFragment(store, schema, writer.finish()).checkEntry();
      ArrayCatalog catalog = stored.catalog("zero").arrays().getFirst();
      for (int chunk = 0; chunk < 7; chunk++) {
        assertThat(catalog.length(chunk)).isPositive();
      }
      assertThat(stored.fixed("zero")).containsOnly(0);
    }
  }

  @Test
  void theCodecFollowsTheData_whenItIsAuto() {
    Schema schema =
        new Schema(
            List.of(
                TensorSpec.of("noise", DataType.UINT8, Shape.of(1000)),
                TensorSpec.of("flat", DataType.UINT8, Shape.of(1000))));
    byte[] noise = new byte[1000 * 1000];
    new Random(SEED).nextBytes(noise);
    try (WriterRig rig = new WriterRig(64 * MIB, 2);
        MemoryStore store = store();
        FragmentWriter writer = rig.writer(store, schema, options(16, MIB, "auto"))) {
      writer.append(
          1000,
          List.of(
              new Column.Fixed(MemorySegment.ofArray(noise)),
              new Column.Fixed(MemorySegment.ofArray(new byte[noise.length]))));
      assertThat(writer.finish().layout().tensors())
          .extracting(tensor -> ((TensorLayout.Fixed) tensor).array().codecs().codecs().size())
          .containsExactly(2, 3);
    }
  }
}
