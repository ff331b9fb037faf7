package io.penstock.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FragmentWriterTest {
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
    TestSamples samples =
        TestSamples.random(schema, 1000, SEED, (random, _) -> random.nextInt(9));
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
}
