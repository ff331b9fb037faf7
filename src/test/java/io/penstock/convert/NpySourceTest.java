package io.penstock.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.tensor.Shape;
import io.penstock.testing.Environment;
import io.penstock.testing.JsonTree;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpySourceTest {
  @TempDir Path folder;

  static Path resource(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(NpySourceTest.class.getResource("npy/" + name), name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "be_f4.npy|be_f4 float32[3]|e2c0a71510b5394df7773b63fb5f54372b84c3564e67811bde7d665be227976d",
        "bool.npy|bool bool[2]|afa7518106309c22d325df6d2663249d158d2f36f1976269d6d4104d9198a108",
        "c8.npy|c8 complex64[]|6e846d707e1583c21c061ce600a3ec89aec1dd7439c1a024fb9e8d199c4c1517",
        "f2.npy|f2 float16[]|e7d420965422b32d3f15dafe4c01d12f6b2ce5246f49a1b1083f2da4d12b4978",
        "M8_us.npy|M8_us int64[]|4c30811fa8a0e3aa3030f7186add83bd8742932d354f532786ebe58a384c9e8b",
        "S5.npy|S5 uint8[5]|dd3d5d2bbda654f5500527628bfeef24a3e092644ab071a479bf722665d28fa8",
        "u1_f.npy|u1_f uint8[4]|fff3a9bcdd37363d703c1c4f9512533686157868f0d4f16a0f02d0f1da24f9a2",
      })
  void elementsAreThoseOfNumpy_whateverTypeOrderAndLayout(
      String file, String schema, String sha256) {
    Path path = resource(file);

    assertThat(SourceContent.schema(false, path.toString())).containsExactly(schema);
    assertThat(SourceContent.of(path).sha256(file.replace(".npy", ""))).isEqualTo(sha256);
    assertThat(SourceContent.of(1, false, path.toString()).sha256(file.replace(".npy", "")))
        .as("sample by sample")
        .isEqualTo(sha256);
  }

  @Test
  void anArrayWithoutSamplesHasNone() {
    SourceContent content = SourceContent.of(resource("empty_f8.npy"));

    assertThat(content.samples()).isZero();
  }

  @Test
  void aSingleValueIsRefused_becauseItHasNoAxisOfSamples() {
    assertThatThrownBy(() -> SourceContent.of(resource("i8_0d.npy")))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("no axis of samples");
  }

  @ParameterizedTest
  @ValueSource(strings = {"py3-objarr.npy", "py3-objarr.npz"})
  void arraysOfObjectsAreRefused(String file) {
    assertThatThrownBy(() -> SourceContent.of(resource(file)))
        .isInstanceOf(CorruptDataException.class)
        .extracting(e -> ((CorruptDataException) e).code())
        .isEqualTo(ErrorCode.UNSUPPORTED);
    assertThatThrownBy(() -> SourceContent.of(resource(file)))
        .hasMessageContaining(file)
        .hasMessageContaining("descr '|O'")
        .hasMessageContaining("Python objects");
  }

  @ParameterizedTest
  @CsvSource({
    "i1,1",
    "u1,1",
    "b1,1",
    "i2,2",
    "u2,2",
    "f2,2",
    "i4,4",
    "u4,4",
    "f4,4",
    "i8,8",
    "u8,8",
    "f8,8",
    "c8,4",
    "c16,8",
    "M8[ns],8",
    "m8[D],8"
  })
  void bigEndianWordsAreTurned(String kind, int wordBytes) throws IOException {
    byte[] elements = new byte[4 * 16];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = (byte) (kind.equals("b1") ? i % 2 : i + 1);
    }
    int samples = elements.length / (kind.startsWith("c") ? 2 * wordBytes : wordBytes);
    Path big = folder.resolve("big.npy");
    Files.write(big, SourceContent.npy(">" + kind, false, Shape.of(samples), elements));

    byte[] turned = elements.clone();
    for (int i = 0; i < turned.length; i++) {
      int word = i / wordBytes * wordBytes;
      turned[i] = elements[word + wordBytes - 1 - (i - word)];
    }

    assertThat(SourceContent.of(big).bytes("big")).isEqualTo(turned);
  }

  @Test
  void columnMajorSamplesAreGathered_inEveryBlockSize() throws IOException {
    int[] dimensions = {5, 2, 3};
    ByteBuffer fortran = ByteBuffer.allocate(30 * 2).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer expected = ByteBuffer.allocate(30 * 2).order(ByteOrder.LITTLE_ENDIAN);
    for (int k = 0; k < dimensions[2]; k++) {
      for (int j = 0; j < dimensions[1]; j++) {
        for (int i = 0; i < dimensions[0]; i++) {
          fortran.putShort((short) (100 * i + 10 * j + k));
          expected.putShort(2 * (i * 6 + j * 3 + k), (short) (100 * i + 10 * j + k));
        }
      }
    }
    Path file = folder.resolve("f.npy");
    Files.write(file, SourceContent.npy("<i2", true, Shape.of(5, 2, 3), fortran.array()));

    assertThat(SourceContent.of(file).bytes("f")).isEqualTo(expected.array());
    assertThat(SourceContent.of(24, false, file.toString()).bytes("f")).isEqualTo(expected.array());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void laterVersionsOfTheFormatAreRead(int version) throws IOException {
    byte[] text =
        "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n"
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(12 + text.length + 3).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    file.putInt(text.length).put(text).put(new byte[] {7, 8, 9});
    Path path = folder.resolve("v.npy");
    Files.write(path, file.array());

    assertThat(SourceContent.of(path).bytes("v")).containsExactly(7, 8, 9);
  }

  @Test
  void headersOfOldAndOddWritersAreRead() throws IOException {
    Path path = folder.resolve("old.npy");
    Files.write(
        path,
        SourceContent.npy(
            "{\"shape\": (2L, 2L), \"fortran_order\" : False,\"descr\": \"|u1\"}",
            new byte[] {1, 2, 3, 4}));

    assertThat(SourceContent.schema(false, path.toString())).containsExactly("old uint8[2]");
  }

  @Test
  void everyArrayOfTheSharedDataIsReadOrRefusedAsExpected() throws IOException {
    Path data = Environment.shared("data");
    List<Map<String, Object>> expected =
        JsonTree.rows(Files.readString(data.resolve("npy/expected.json")));
    int equal = 0;
    for (Map<String, Object> entry : expected) {
      boolean numeric =
          entry.get("dtype") instanceof String dtype
              && !dtype.contains("U")
              && !dtype.contains("O")
              && !dtype.contains("V");
      String input =
          data.resolve((String) entry.get("file"))
              + (entry.get("entry") instanceof String member
                  ? "#" + member.replace(".npy", "")
                  : "");
      if (numeric && !((List<?>) entry.get("shape")).isEmpty()) {
        assertThat(SourceContent.of(1 << 16, false, "a=" + input).sha256("a"))
            .as(input)
            .isEqualTo(entry.get("sha256"));
        equal++;
      } else {
        assertThatThrownBy(() -> SourceContent.of(1 << 16, false, "a=" + input))
            .as(input)
            .isInstanceOf(CorruptDataException.class);
      }
    }
    assertThat(equal).isGreaterThan(200);
  }

  @Test
  void theDescriptionKeepsWhatTheElementsMean() {
    List<SourceSpec> inputs = List.of(SourceSpec.parse(resource("M8_us.npy").toString()));
    try (SampleSource source = SampleSources.open(inputs, false)) {
      assertThat(source.tensors().getFirst().description()).contains("datetime64[us]");
    }
  }
}
