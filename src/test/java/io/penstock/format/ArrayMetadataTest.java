package io.penstock.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.codec.Codecs;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.testing.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Metadata of Zarr v3 as others write it. V1-ZAR-08, V1-ZAR-09, V1-ZAR-10
class ArrayMetadataTest {
  private final Chains chains = new Chains(Codecs.standard());

  @Test
  void shortFormsAndExtrasInAnyOrderAreRead() {
    ArrayMetadata array =
        parse(
            """
            {"node_type":"array","codecs":["bytes","crc32c"],"fill_value":7,
             "chunk_key_encoding":"v2","data_type":"uint8","extra":{"must_understand":false,"x":[1]},
             "chunk_grid":{"name":"regular","configuration":{"chunk_shape":[2,3]}},
             "dimension_names":["y",null],"shape":[4,5],"storage_transformers":[],"zarr_format":3}
            """);

    assertThat(array.shape()).isEqualTo(Shape.of(4, 5));
    assertThat(array.type()).isEqualTo(DataType.UINT8);
    assertThat(array.chunk()).isEqualTo(Shape.of(2, 3));
    assertThat(array.dimensionNames()).containsExactly(Optional.of("y"), Optional.empty());
    assertThat(array.fill().bits()).isEqualTo(7);
    assertThat(array.codecs()).isEqualTo(Examples.plain(DataType.UINT8));
    assertThat(array.attributes()).isEmpty();
    assertThat(array.chunkKeys().key(1, 23)).isEqualTo("1.23");
    assertThat(array.chunkKeys().key()).isEqualTo("0");
  }

  @Test
  void chunkKeysAreThoseOfTheSpecification() {
    assertThat(ChunkKeys.DEFAULT.key(1, 23)).isEqualTo("c/1/23");
    assertThat(ChunkKeys.DEFAULT.key()).isEqualTo("c");
    assertThat(new ChunkKeys(ChunkKeys.Encoding.DEFAULT, ".").key(1, 23)).isEqualTo("c.1.23");
    assertThat(new ChunkKeys(ChunkKeys.Encoding.V2, "/").key(1, 23)).isEqualTo("1/23");
  }

  @Test
  void aGroupIsRead_withOrWithoutConsolidatedMetadata() {
    String start = "{\"zarr_format\":3,\"node_type\":\"group\"";
    assertThat(group(start + "}").consolidated()).isEmpty();
    assertThat(group(start + ",\"consolidated_metadata\":null}").consolidated()).isEmpty();
    assertThat(
            group(
                    start
                        + ",\"consolidated_metadata\":{\"kind\":\"inline\","
                        + "\"must_understand\":false,\"metadata\":{\"a\":{}}},"
                        + "\"attributes\":{\"x\":1}}")
                .consolidated())
        .contains(Map.of("a", Map.of()));
  }

  /// The copies in the test resources; `NOTICE` there says where they come from.
  @Test
  void metadataOfOtherWritersIsRead() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src", "test", "resources", "zarr"))) {
      List<Path> documents = files.filter(file -> file.toString().endsWith(".json")).toList();
      assertThat(documents).hasSizeGreaterThanOrEqualTo(3);
      for (Path document : documents) {
        ArrayMetadata array = ArrayMetadata.parse(json(document), chains);
        assertThat(array.shape().rank()).as(document.toString()).isEqualTo(array.chunk().rank());
        assertThat(ArrayMetadata.parse(Json.parse("again", Json.print(array.print())), chains))
            .as(document.toString())
            .isEqualTo(array);
      }
    }
  }

  @Test
  void everySharedHierarchyIsReadOrRefusedByName() throws IOException {
    int read = 0;
    try (Stream<Path> files = Files.walk(Environment.shared("data/zarr"))) {
      for (Path file : files.filter(f -> f.endsWith("zarr.json")).sorted().toList()) {
        JsonObject node = json(file);
        if (node.string("node_type").equals("group")) {
          GroupMetadata.parse(node);
          read++;
          continue;
        }
        try {
          ArrayMetadata array = ArrayMetadata.parse(node, chains);
          assertThat(Json.print(array.shape().toString())).isNotEmpty();
          assertThat(array.chunk().rank()).isEqualTo(array.shape().rank());
          read++;
        } catch (CorruptDataException refused) {
          assertThat(refused.code()).as(refused.toString()).isEqualTo(ErrorCode.UNSUPPORTED);
        }
      }
    }
    assertThat(read).isGreaterThan(30);
  }

  private ArrayMetadata parse(String text) {
    return ArrayMetadata.parse(Json.parse("zarr.json", text.getBytes(UTF_8)), chains);
  }

  private static GroupMetadata group(String text) {
    return GroupMetadata.parse(Json.parse("zarr.json", text.getBytes(UTF_8)));
  }

  private static JsonObject json(Path file) throws IOException {
    return Json.parse(file.toString(), Files.readAllBytes(file));
  }
}
