package io.penstock.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FragmentMetadataTest {
  // Specification: V1-ZAR-02, V1-ZAR-03, V1-ZAR-04, V1-ZAR-05, V1-ZAR-06, V1-ZAR-07, V1-ZAR-11,
  // V1-RAG-01, V1-RAG-02

  private final FragmentMetadata metadata =
      FragmentMetadata.of(Examples.SCHEMA, Examples.LAYOUT, 100, Examples.ENTRY.extents());

  @Test
  void everyGroupAndArrayHasAnObject() {
    assertThat(metadata.encode().keySet())
        .containsExactly(
            "image/zarr.json",
            "label/zarr.json",
            "text/offset/zarr.json",
            "text/shape/zarr.json",
            "text/values/zarr.json",
            "text/zarr.json",
            "zarr.json");
  }

  @Test
  void anArrayIsWrittenStrictly() {
    assertThat(new String(metadata.encode().get("text/shape/zarr.json"), UTF_8))
        .isEqualTo(
            """
            {"zarr_format":3,"node_type":"array","shape":[100,1],"data_type":"int32",\
            "chunk_grid":{"name":"regular","configuration":{"chunk_shape":[256,1]}},\
            "chunk_key_encoding":{"name":"default","configuration":{"separator":"/"}},\
            "fill_value":0,"codecs":[{"name":"sharding_indexed","configuration":{\
            "chunk_shape":[64,1],"codecs":[{"name":"bytes","configuration":{"endian":"little"}},\
            {"name":"zstd","configuration":{"level":3,"checksum":false}},{"name":"crc32c"}],\
            "index_codecs":[{"name":"bytes","configuration":{"endian":"little"}},\
            {"name":"crc32c"}],"index_location":"end"}}],"attributes":{}}\
            """);
  }

  @Test
  void theFragmentsGroupCarriesEverythingBelow() {
    SortedMap<String, byte[]> objects = metadata.encode();
    GroupMetadata group = GroupMetadata.parse(Json.parse("zarr.json", objects.get("zarr.json")));

    assertThat(group.consolidated().orElseThrow().keySet())
        .containsExactly("image", "label", "text", "text/offset", "text/shape", "text/values");
    group
        .consolidated()
        .orElseThrow()
        .forEach((path, node) ->
            assertThat(Json.print(node)).isEqualTo(objects.get(path + "/zarr.json")));
  }

  @Test
  void consolidatedMetadataIsLeftOut_whenZarrPythonDoesNotKnowAType() {
    Schema schema = new Schema(List.of(TensorSpec.of("x", DataType.BFLOAT16, Shape.SCALAR)));
    Layout layout = Layouts.plan(schema, measures(schema), LayoutOptions.DEFAULT);
    FragmentMetadata bfloat =
        FragmentMetadata.of(schema, layout, 1, List.of(new TensorExtent("x", 2, 0, 2, 2)));

    assertThat(new String(bfloat.encode().get("zarr.json"), UTF_8)).doesNotContain("consolidated");
    assertThat(FragmentMetadata.decode("f", bfloat.encode())).isEqualTo(bfloat);
  }

  @Test
  void aFragmentComesBackEqual_apartFromDescriptions() {
    assertThat(FragmentMetadata.decode("f", metadata.encode())).isEqualTo(metadata);
    assertThat(metadata.schema().tensors().getFirst().description()).isEmpty();
    assertThat(metadata.layout()).isEqualTo(Examples.LAYOUT);
  }

  @Test
  void everyTypeComesBackEqual() {
    List<TensorSpec> tensors = new ArrayList<>();
    List<TensorExtent> extents = new ArrayList<>();
    for (DataType type : DataType.values()) {
      String name = type.zarrName();
      tensors.add(TensorSpec.of(name, type, Shape.of(2)));
      tensors.add(
          new TensorSpec(
              "ragged." + name,
              type,
              Shape.of(Shape.RAGGED, 3),
              List.of("t", "c"),
              Optional.of("audio/x"),
              Optional.empty()));
      extents.add(new TensorExtent(name, 1, 0, 1, 1));
      extents.add(new TensorExtent("ragged." + name, 1, 77, 1, 1));
    }
    Schema schema = new Schema(tensors);
    Layout layout = Layouts.plan(schema, measures(schema), LayoutOptions.DEFAULT);
    FragmentMetadata all = FragmentMetadata.of(schema, layout, 5, extents);

    assertThat(FragmentMetadata.decode("f", all.encode())).isEqualTo(all);
  }

  @Test
  void aMissingObjectIsNamed() {
    Map<String, byte[]> objects = new TreeMap<>(metadata.encode());
    objects.remove("text/offset/zarr.json");
    assertThatThrownBy(() -> FragmentMetadata.decode("frag", objects))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("frag/text/offset/zarr.json")
        .extracting(e -> ((CorruptDataException) e).code())
        .isEqualTo(ErrorCode.DATA_MISSING);
  }

  @Test
  void anArrayOfAnotherLengthThanTheFragmentIsFound() {
    assertBroken("label/zarr.json", "\"shape\":[100]", "\"shape\":[101]", "shape");
    assertBroken("text/offset/zarr.json", "\"int64\"", "\"uint64\"", "data_type");
    assertBroken("image/zarr.json", "\"end\"", "\"start\"", "codecs");
    assertBroken("zarr.json", "\"group_samples\":64", "\"group_samples\":63", "group_samples");
  }

  private void assertBroken(String path, String from, String to, String words) {
    Map<String, byte[]> objects = new TreeMap<>(metadata.encode());
    String text = new String(objects.get(path), UTF_8);
    assertThat(text).contains(from);
    objects.put(path, text.replace(from, to).getBytes(UTF_8));
    assertThatThrownBy(() -> FragmentMetadata.decode("f", objects))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining(words);
  }

  private static List<TensorMeasure> measures(Schema schema) {
    return schema.tensors().stream()
        .map(t -> new TensorMeasure(t.name(), 1000, Examples.zstd(t.type())))
        .toList();
  }
}
