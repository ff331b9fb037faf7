package io.penstock.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LayoutsTest {
  // Specification: V1-CHK-01, V1-CHK-02, V1-CHK-03, V1-CHK-04, V1-CHK-05, V1-CHK-08, V1-CHK-09

  private static final TensorSpec LABEL = TensorSpec.of("label", DataType.INT64, Shape.SCALAR);

  @Test
  void aGroupOfTheLargestTensorIsAboutOneMebibyte() {
    Layout layout = plan(LayoutOptions.DEFAULT, 0, image(Shape.of(224, 224, 3)), LABEL);

    assertThat(layout.groupSamples()).isEqualTo(8);
    assertThat(fixed(layout, "image").chunk()).isEqualTo(Shape.of(8, 224, 224, 3));
    assertThat(fixed(layout, "image").shard()).isEqualTo(Shape.of(1024, 224, 224, 3));
  }

  @Test
  void aSmallTensorHasChunksOfAPowerOfTwoGroupsWithin64KiB() {
    Layout layout = plan(LayoutOptions.DEFAULT, 0, image(Shape.of(224, 224, 3)), LABEL);

    assertThat(fixed(layout, "label").chunk()).isEqualTo(Shape.of(8192));
    assertThat(fixed(layout, "label").shard()).isEqualTo(Shape.of(8192 * 1024));
  }

  @Test
  void aTensorBetweenSmallAndLargeHasTheGroupAsItsChunk() {
    TensorSpec half = TensorSpec.of("half", DataType.UINT8, Shape.of(100_000));
    Layout layout = plan(LayoutOptions.DEFAULT, 0, image(Shape.of(224, 224, 3)), half);

    assertThat(fixed(layout, "half").chunk()).isEqualTo(Shape.of(8, 100_000));
  }

  @Test
  void aSampleAboveTheTargetIsOneChunk() {
    Layout layout = plan(LayoutOptions.DEFAULT, 0, image(Shape.of(1024, 1024, 3)));

    assertThat(layout.groupSamples()).isEqualTo(1);
    assertThat(fixed(layout, "image").chunk()).isEqualTo(Shape.of(1, 1024, 1024, 3));
    assertThat(fixed(layout, "image").shard()).isEqualTo(Shape.of(64, 1024, 1024, 3));
  }

  @Test
  void aSampleAbove16MiBIsCutOnItsOwnAxes() {
    TensorSpec volume = TensorSpec.of("volume", DataType.FLOAT32, Shape.of(512, 512, 512));
    Layout layout = plan(LayoutOptions.DEFAULT, 0, volume, LABEL);

    assertThat(layout.groupSamples()).isEqualTo(1);
    assertThat(fixed(layout, "volume").chunk()).isEqualTo(Shape.of(1, 1, 512, 512));
    assertThat(fixed(layout, "volume").shard()).isEqualTo(Shape.of(1, 256, 512, 512));
    assertThat(fixed(layout, "label").chunk()).isEqualTo(Shape.of(8192));
  }

  @Test
  void chunksOfValuesAreAPowerOfTwoWithin64KiBAnd1MiB() {
    TensorSpec text = ragged("text", DataType.FLOAT32);
    TensorLayout.Ragged layout = ragged(plan(LayoutOptions.DEFAULT, 1000, text), "text");

    assertThat(layout.values().chunk()).isEqualTo(Shape.of(16 << 10));
    assertThat(layout.values().shard()).isEqualTo(Shape.of(16 << 20));
    assertThat(layout.offset().chunk()).isEqualTo(Shape.of(8192));
    assertThat(layout.shape().chunk()).isEqualTo(Shape.of(16384, 1));

    TensorLayout.Ragged large =
        ragged(
            plan(
                new LayoutOptions(OptionalLong.of(1000), 1 << 20, 256 << 20),
                16_384,
                ragged("text", DataType.UINT8)),
            "text");
    assertThat(large.values().chunk()).isEqualTo(Shape.of(512 << 10));
  }

  @Test
  void aGivenGroupIsKept_andATensorTooLargeForItHasADivisor() {
    LayoutOptions options = new LayoutOptions(OptionalLong.of(300), 1 << 20, 256 << 20);
    Layout layout = plan(options, 0, image(Shape.of(224, 224, 3)), LABEL);

    assertThat(layout.groupSamples()).isEqualTo(300);
    assertThat(fixed(layout, "image").chunk().dimension(0)).isEqualTo(6);
    assertThat(fixed(layout, "image").shard().dimension(0)).isEqualTo(1200);
    assertThat(fixed(layout, "label").chunk().dimension(0)).isEqualTo(4800);
  }

  @Test
  void aGroupOfMoreChunksThanAShardHoldsIsRefused() {
    LayoutOptions options = new LayoutOptions(OptionalLong.of(1 << 21), 1 << 20, 256 << 20);
    assertThatThrownBy(() -> plan(options, 0, image(Shape.of(1024, 1024, 3))))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("chunkSamples 2097152");
  }

  @Test
  void aSampleWithoutElementsHasALayout() {
    Layout layout = plan(LayoutOptions.DEFAULT, 0, image(Shape.of(0, 3)), LABEL);
    assertThat(fixed(layout, "image").chunk().toArray()).doesNotContain(0);
  }

  @Test
  void optionsOutOfBoundsAreRefusedWithTheirValue() {
    assertRefused(new LayoutOptions(OptionalLong.empty(), 1000, 1 << 20), "chunkBytes 1000");
    assertRefused(new LayoutOptions(OptionalLong.empty(), 17 << 20, 1 << 20), "chunkBytes");
    assertRefused(new LayoutOptions(OptionalLong.of(0), 1 << 20, 1 << 20), "chunkSamples 0");
    assertRefused(new LayoutOptions(OptionalLong.empty(), 1 << 20, 0), "shardBytes 0");
    assertThatThrownBy(() -> Layouts.plan(Schema.EMPTY, List.of(), LayoutOptions.DEFAULT))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void everyPlannedLayoutSurvivesARecord_whateverTheTensors() {
    long seed = 20260131;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 300; round++) {
      List<TensorSpec> tensors = new ArrayList<>();
      List<TensorMeasure> measures = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(4); i++) {
        TensorSpec tensor = random(random, "t" + i);
        tensors.add(tensor);
        long mean = 1L << random.nextInt(28);
        measures.add(new TensorMeasure(tensor.name(), mean, Examples.zstd(tensor.type())));
      }
      LayoutOptions options =
          new LayoutOptions(
              random.nextBoolean()
                  ? OptionalLong.empty()
                  : OptionalLong.of(random.nextLong(1, 5000)),
              1L << random.nextInt(16, 25),
              1L << random.nextInt(0, 31));
      Schema schema = new Schema(tensors);
      Layout layout = Layouts.plan(schema, measures, options);
      byte[] json = Json.print(LayoutJson.print(layout));
      assertThat(
              new LayoutJson(new Chains(io.penstock.codec.Codecs.standard()))
                  .parse(Json.parse("layout", json), schema))
          .as("seed %d, round %d, %s", seed, round, schema)
          .isEqualTo(layout);
    }
  }

  private static TensorSpec random(SplittableRandom random, String name) {
    List<DataType> types = List.of(DataType.values());
    DataType type = types.get(random.nextInt(types.size()));
    long[] shape = new long[random.nextInt(4)];
    for (int axis = 0; axis < shape.length; axis++) {
      shape[axis] = random.nextInt(1 << random.nextInt(1, 12));
    }
    if (shape.length > 0 && random.nextBoolean()) {
      shape[0] = Shape.RAGGED;
    }
    return TensorSpec.of(name, type, Shape.of(shape));
  }

  private static void assertRefused(LayoutOptions options, String words) {
    assertThatThrownBy(() -> plan(options, 0, LABEL))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(words);
  }

  private static Layout plan(LayoutOptions options, long mean, TensorSpec... tensors) {
    List<TensorMeasure> measures = new ArrayList<>();
    for (TensorSpec tensor : tensors) {
      measures.add(new TensorMeasure(tensor.name(), mean, Examples.plain(tensor.type())));
    }
    return Layouts.plan(new Schema(List.of(tensors)), measures, options);
  }

  private static TensorSpec image(Shape shape) {
    return TensorSpec.of("image", DataType.UINT8, shape);
  }

  private static TensorSpec ragged(String name, DataType type) {
    return TensorSpec.of(name, type, Shape.of(Shape.RAGGED));
  }

  private static ArrayLayout fixed(Layout layout, String tensor) {
    return ((TensorLayout.Fixed) layout.find(tensor).orElseThrow()).array();
  }

  private static TensorLayout.Ragged ragged(Layout layout, String tensor) {
    return (TensorLayout.Ragged) layout.find(tensor).orElseThrow();
  }
}
