package io.penstock.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.codec.ShardIndex;
import io.penstock.codec.ShardingIndexedCodec;
import io.penstock.testing.Environment;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Compares the golden vectors of the specification with what the library writes and reads.
class VectorsTest {
  // Specification: V1-ROOT-01, V1-ROOT-02

  private static final Path VECTORS = Path.of("format-spec", "vectors");

  private final Records records = Records.standard();

  /// V1-JSN-01, V1-JSN-02, V1-JSN-03, V1-JSN-09, V1-REC-04, V1-REC-08, V1-REC-13, V1-REC-14
  @Test
  void recordsHaveExactlyTheseBytes() {
    assertVector("version.json", records.encode(Examples.VERSION));
    assertVector("version-first.json", records.encode(Examples.FIRST));
    assertVector(
        "page-fragments.json", records.encode(new Page.OfFragments(List.of(Examples.ENTRY))));
    assertVector("page-pages.json", records.encode(new Page.OfPages(1, List.of(Examples.PAGE))));
    assertVector("ref-branch.json", records.encode(Examples.BRANCH));
    assertVector("ref-tag.json", records.encode(Examples.TAG));
    assertVector(
        "ref-deleted.json",
        records.encode(new RefRecord("gold", 1, Examples.TIME, new RefRecord.Deleted())));
    assertVector("session.json", records.encode(Examples.SESSION_RECORD));
    assertVector("hint.json", records.encodeHint(12));
    assertVector("root.json", records.encode(Examples.ROOT));
  }

  @Test
  void recordsAreReadFromTheseBytes() {
    assertThat(records.decodeVersion(ObjectKeys.version("main", 0, 12), vector("version.json")))
        .isEqualTo(Examples.VERSION);
    assertThat(records.decodeRoot(ObjectKeys.ROOT, vector("root.json"))).isEqualTo(Examples.ROOT);
  }

  /// V1-CAT-01, V1-CAT-02, V1-CAT-03, V1-CAT-04, V1-CAT-05
  @Test
  void catalogsAreReadFromTheseBytes() {
    FragmentEntry entry = CatalogTest.entry(150);
    CatalogTest.assertSame(
        Catalog.decode("k", vector("catalog-fixed.bin"), Examples.LAYOUT, entry, "image"),
        CatalogTest.fixed(new int[] {100, 200, 300, 0}));
    CatalogTest.assertSame(
        Catalog.decode("k", vector("catalog-ragged.bin"), Examples.LAYOUT, entry, "text"),
        CatalogTest.ragged());
  }

  @Test
  void shardIndexesAreReadFromTheseBytes() {
    ShardIndex end = index("shard-index-end.bin", 0);
    assertThat(end.offset(0)).isZero();
    assertThat(end.offset(3)).isEqualTo(16);
    assertThat(end.length(3)).isEqualTo(16);
    assertThat(end.present(1)).isFalse();
    assertThat(index("shard-index-start.bin", 0).offset(3)).isEqualTo(84);
    ShardIndex empty = index("shard-index-empty.bin", 0);
    for (int chunk = 0; chunk < 4; chunk++) {
      assertThat(empty.present(chunk)).isFalse();
    }
  }

  private static ShardIndex index(String name, long from) {
    byte[] bytes = vector(name);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
      return ShardIndex.decode(
          segment.asSlice(from), 4, ShardingIndexedCodec.defaultIndexCodecs(), 100);
    }
  }

  /// V1-DIG-01, V1-DIG-02, V1-DIG-03, V1-DIG-04
  @Test
  void digestsAreThese() {
    JsonObject vector = Json.parse("digests.json", vector("digests.json"));
    List<ObjectDigest> objects = new ArrayList<>();
    List<ObjectDigest> metadata = new ArrayList<>();
    for (Map.Entry<String, Object> object : vector.object("objects").members().entrySet()) {
      ObjectDigest digest =
          ObjectDigest.of(object.getKey(), object.getValue().toString().getBytes(UTF_8));
      objects.add(digest);
      if (object.getKey().endsWith("zarr.json")) {
        metadata.add(digest);
      }
    }
    Digest fragment = Digests.fragment(objects.reversed());
    Digest chain = Digests.chain(Digest.ZERO, fragment);

    assertThat(fragment).isEqualTo(vector.digest("fragment"));
    assertThat(Digests.fragment(metadata)).isEqualTo(vector.digest("metadata"));
    assertThat(chain).isEqualTo(vector.digest("chain"));
    assertThat(new String(Json.printCanonical(SchemaJson.print(Examples.SCHEMA)), UTF_8))
        .isEqualTo(vector.string("schema"));
    assertThat(Digests.content(Examples.SCHEMA, chain)).isEqualTo(vector.digest("content"));
  }

  @Test
  void theVectorsAreWhatTheirScriptMakes() throws IOException, InterruptedException {
    Process python =
        new ProcessBuilder(
                Environment.python().toString(), VECTORS.resolve("make.py").toString(), "--check")
            .redirectErrorStream(true)
            .start();
    String output = new String(python.getInputStream().readAllBytes(), UTF_8);
    assertThat(python.waitFor()).as(output).isZero();
  }

  private static void assertVector(String name, byte[] encoded) {
    assertThat(new String(encoded, UTF_8)).isEqualTo(new String(vector(name), UTF_8));
  }

  static byte[] vector(String name) {
    try {
      return Files.readAllBytes(VECTORS.resolve(name));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
