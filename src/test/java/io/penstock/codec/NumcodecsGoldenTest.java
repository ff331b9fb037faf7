package io.penstock.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.testing.Environment;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Reads what numcodecs wrote: a small selection in the test resources, all of it where the shared
/// test data is there.
class NumcodecsGoldenTest {
  private static final Map<String, Codec> CODECS =
      Map.of(
          "zstd", new ZstdCodec(3, false),
          "gzip", new GzipCodec(5),
          "crc32c", new Crc32cCodec());

  @ParameterizedTest
  @ValueSource(strings = {"zstd", "gzip", "crc32c"})
  void readsWhatNumcodecsWrote(String codec) {
    assertDecodes(codec, resource(codec + "/array.npy"), resource(codec + "/encoded.dat"), codec);
  }

  @ParameterizedTest
  @ValueSource(strings = {"zstd", "gzip", "crc32c"})
  void readsEverythingThatNumcodecsWrote(String codec) throws IOException {
    Path folder = Environment.shared("data/codecs/numcodecs").resolve(codec);
    int pairs = 0;
    for (Path array : list(folder, "array.")) {
      String encodedName =
          array.getFileName().toString().replace("array", "encoded").replace("npy", "dat");
      for (Path configuration : list(folder, "codec.")) {
        Path encoded = configuration.resolve(encodedName);
        assertDecodes(codec, Files.readAllBytes(array), Files.readAllBytes(encoded), encoded);
        pairs++;
      }
    }
    assertThat(pairs).isGreaterThanOrEqualTo(7);
  }

  @Test
  void writesTheSameChecksumAsNumcodecs() {
    MemorySegment plain = Segments.of(content(resource("crc32c/array.npy")));
    ChunkCodec codec = chain("crc32c").bind(DataType.UINT8, Shape.of(plain.byteSize()));
    MemorySegment encoded = Segments.poisoned(codec.maxEncodedBytes());
    try (CodecContext context = new CodecContext()) {
      codec.encode(plain, encoded, context);
    }

    assertThat(Segments.bytes(encoded)).isEqualTo(resource("crc32c/encoded.dat"));
  }

  private static void assertDecodes(String codec, byte[] array, byte[] encoded, Object what) {
    byte[] plain = content(array);
    MemorySegment decoded = Segments.poisoned(plain.length);
    try (CodecContext context = new CodecContext()) {
      chain(codec)
          .bind(DataType.UINT8, Shape.of(plain.length))
          .decode(Segments.of(encoded), decoded, context);
    }
    assertThat(Segments.bytes(decoded)).as("%s", what).isEqualTo(plain);
  }

  private static CodecChain chain(String codec) {
    return CodecChain.of(new BytesCodec(BytesCodec.Endian.NONE), CODECS.get(codec));
  }

  /// What stands behind the header of an NPY file of version 1: 8 bytes, the header's length (16
  /// bits), the header.
  private static byte[] content(byte[] npy) {
    assertThat(new String(npy, 0, 8, StandardCharsets.ISO_8859_1)).isEqualTo("\u0093NUMPY\1\0");
    int header = 10 + Byte.toUnsignedInt(npy[8]) + 256 * Byte.toUnsignedInt(npy[9]);
    return Arrays.copyOfRange(npy, header, npy.length);
  }

  private static List<Path> list(Path folder, String prefix) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> entry.getFileName().toString().startsWith(prefix))
          .sorted()
          .toList();
    }
  }

  private static byte[] resource(String name) {
    try (InputStream stream = NumcodecsGoldenTest.class.getResourceAsStream("/codecs/" + name)) {
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
