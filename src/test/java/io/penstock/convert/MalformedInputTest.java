package io.penstock.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Input that is cut, lies about itself, or asks for more than there is: each ends in a typed error
/// that names the file and what is wrong with it.
class MalformedInputTest {
  private static final byte[] FOUR = {1, 2, 3, 4};

  @TempDir Path folder;

  record Case(String name, byte[] content, ErrorCode code, String part) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case malformed(String name, byte[] content, String part) {
    return new Case(name, content, ErrorCode.INPUT_MALFORMED, part);
  }

  private static Case unsupported(String name, byte[] content, String part) {
    return new Case(name, content, ErrorCode.UNSUPPORTED, part);
  }

  private static byte[] header(String text) {
    return SourceContent.npy(text, FOUR);
  }

  static Stream<Case> npy() {
    byte[] sound = SourceContent.npy("|u1", false, Shape.of(4), FOUR);
    byte[] version9 = sound.clone();
    version9[6] = 9;
    return Stream.of(
        malformed("npy cut in the magic", Arrays.copyOf(sound, 7), "ends within the NPY magic"),
        unsupported("npy of another version", version9, "version 9.0"),
        malformed("npy cut in its length", Arrays.copyOf(sound, 9), "the length of the NPY header"),
        malformed("npy cut in its header", Arrays.copyOf(sound, 40), "ends within the NPY header"),
        malformed(
            "npy cut in its elements", Arrays.copyOf(sound, sound.length - 1), "needs 4 bytes"),
        malformed("npy with bytes behind", Arrays.copyOf(sound, sound.length + 9), "there are 13"),
        malformed("npy header without braces", header("descr"), "'{' is expected"),
        malformed("npy header with an unknown key", header("{'x': 1}"), "unknown key 'x'"),
        malformed(
            "npy header with a key twice", header("{'descr': '|u1', 'descr': '|u1'}"), "twice"),
        malformed("npy header without a shape", header("{'descr': '|u1'}"), "all needed"),
        malformed(
            "npy shape that is no tuple",
            header("{'descr': '|u1', 'fortran_order': False, 'shape': (4)}"),
            "not a tuple"),
        malformed(
            "npy shape with a negative number",
            header("{'descr': '|u1', 'fortran_order': False, 'shape': (-4,)}"),
            "no dimension"),
        malformed(
            "npy shape with a huge number",
            header("{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}"),
            "no dimension"),
        malformed(
            "npy shape beyond 2^53",
            header("{'descr': '|u1', 'fortran_order': False, 'shape': (9007199254740992,)}"),
            "exceeds"),
        malformed(
            "npy shape of rank 33",
            header("{'descr': '|u1', 'fortran_order': False, 'shape': (" + "1,".repeat(33) + ")}"),
            "rank 33"),
        malformed(
            "npy that declares more than there is",
            header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000)}"),
            "needs 8000000000000 bytes"),
        malformed(
            "npy order that is no truth",
            header("{'descr': '|u1', 'fortran_order': 1, 'shape': (4,)}"),
            "neither True nor False"),
        malformed("npy header with code", header("{'descr': __import__('os')}"), "no string"),
        malformed(
            "npy header with text behind",
            header("{'descr': '|u1', 'fortran_order': False, 'shape': (4,)} x"),
            "text behind"),
        malformed(
            "npy descr that is none",
            header("{'descr': 'u1', 'fortran_order': False, 'shape': (4,)}"),
            "is none"),
        unsupported(
            "npy of objects",
            header("{'descr': '|O', 'fortran_order': False, 'shape': (4,)}"),
            "Python objects"),
        unsupported(
            "npy of records",
            header("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}"),
            "records"),
        unsupported(
            "npy of text",
            header("{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}"),
            "Unicode"),
        unsupported(
            "npy of long doubles",
            header("{'descr': '<f16', 'fortran_order': False, 'shape': (1,)}"),
            "'<f16' is not known"));
  }

  @org.junit.jupiter.api.Test
  void anNpyHeaderAboveItsLimitIsRefused_beforeItIsRead() throws IOException {
    ByteBuffer file = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0}).putInt(0x7fffffff);

    check("long.npy", malformed("", file.array(), "2147483647 bytes exceeds the limit of 65536"));
  }

  @ParameterizedTest
  @MethodSource("npy")
  void npy(Case bad) throws IOException {
    check("bad.npy", bad);
  }

  static Stream<Case> idx() throws IOException {
    byte[] sound = {0, 0, 8, 1, 0, 0, 0, 4, 1, 2, 3, 4};
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(sound);
    }
    byte[] damaged = packed.toByteArray();
    damaged[damaged.length - 8] ^= 1;
    return Stream.of(
        malformed("idx cut in its dimensions", Arrays.copyOf(sound, 6), "the IDX dimensions"),
        malformed("idx cut in its elements", Arrays.copyOf(sound, 10), "there are 2"),
        malformed("idx with bytes behind", Arrays.copyOf(sound, 13), "there are 5"),
        malformed(
            "idx that declares 2^32 samples",
            new byte[] {0, 0, 8, 1, -1, -1, -1, -1, 1},
            "needs 4294967295 bytes"),
        unsupported("idx of an unknown type", new byte[] {0, 0, 7, 1, 0, 0, 0, 0}, "not known"),
        unsupported("idx of rank 5", new byte[] {0, 0, 8, 5, 0, 0, 0, 0}, "not known"),
        malformed(
            "gzip that is cut",
            Arrays.copyOf(packed.toByteArray(), packed.size() - 12),
            "compressed data ends early"),
        malformed("gzip with a wrong checksum", damaged, "not sound compressed data"),
        unsupported("an empty file", new byte[0], "is empty"),
        unsupported("text", "hello".getBytes(StandardCharsets.UTF_8), "format that is not known"),
        unsupported("parquet", "PAR1....".getBytes(StandardCharsets.UTF_8), "is a Parquet file"),
        unsupported(
            "hdf5",
            "\u0089HDF\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1),
            "is an HDF5 file"));
  }

  @ParameterizedTest
  @MethodSource("idx")
  void idx(Case bad) throws IOException {
    check("bad.bin", bad);
  }

  static Stream<Case> npz() throws IOException {
    byte[] four = SourceContent.npy("|u1", false, Shape.of(4), FOUR);
    byte[] five = SourceContent.npy("|u1", false, Shape.of(5), new byte[5]);
    byte[] sound = zip(true, "a.npy", four, "b.npy", four);
    byte[] flipped = zip(false, "a.npy", four);
    flipped[30 + "a.npy".length() + four.length - 1] ^= 1;
    byte[] many = sound.clone();
    ByteBuffer.wrap(many).order(ByteOrder.LITTLE_ENDIAN).putShort(many.length - 12, (short) 2000);
    byte[] lying = zip(true, "a.npy", four);
    ByteBuffer directory = ByteBuffer.wrap(lying).order(ByteOrder.LITTLE_ENDIAN);
    int entry = directory.getInt(lying.length - 6);
    directory.putInt(entry + 24, four.length + 100);
    byte[] zeros = SourceContent.npy("|u1", false, Shape.of(64 << 20), new byte[64 << 20]);
    return Stream.of(
        malformed("npz that is cut", Arrays.copyOf(sound, sound.length - 30), "no end record"),
        malformed("npz of unequal counts", zip(true, "a.npy", four, "b.npy", five), "has 4"),
        malformed("npz with another member", zip(true, "a.txt", FOUR), "is no .npy file"),
        malformed("npz with a broken member", zip(true, "a.npy", FOUR), "ends within"),
        malformed("npz with a flipped bit", flipped, "checksum"),
        malformed("npz with too many members", many, "2000 members exceed the limit of 1024"),
        malformed("npz whose directory lies", lying, "a.npy"),
        malformed("npz that is a bomb", zip(true, "a.npy", zeros), "exceed the limit of 1000 to 1"),
        malformed("npz without members", zip(true), "no members"));
  }

  @ParameterizedTest
  @MethodSource("npz")
  void npz(Case bad) throws IOException {
    check("bad.npz", bad);
  }

  static Stream<Case> image() throws IOException {
    byte[] png =
        Files.readAllBytes(ImageFolderSourceTest.picture(Files.createTempDirectory("png"), 3, 2));
    byte[] wide = png.clone();
    ByteBuffer.wrap(wide).putInt(16, 1 << 20).putInt(20, 1 << 20);
    CRC32 crc = new CRC32();
    crc.update(wide, 12, 17);
    ByteBuffer.wrap(wide).putInt(29, (int) crc.getValue());
    return Stream.of(
        malformed("png that is cut", Arrays.copyOf(png, 45), "cannot be decoded"),
        malformed("png that declares 2^40 pixels", wide, "the limit is"),
        malformed("text among images", "hello".getBytes(StandardCharsets.UTF_8), ""));
  }

  @ParameterizedTest
  @MethodSource("image")
  void imageToDecode(Case bad) throws IOException {
    Files.write(folder.resolve("bad.png"), bad.content());

    Throwable thrown = catchThrowable(() -> SourceContent.of(1 << 20, true, folder.toString()));

    assertThat(thrown).isInstanceOf(PenstockException.class).hasMessageContaining(bad.part());
    assertThat(thrown).hasMessageContaining("bad.png");
  }

  private void check(String name, Case bad) throws IOException {
    Path file = folder.resolve(name);
    Files.write(file, bad.content());

    Throwable thrown = catchThrowable(() -> SourceContent.of(1 << 20, false, file.toString()));

    assertThat(thrown).isInstanceOf(PenstockException.class).hasMessageContaining(bad.part());
    assertThat(thrown).hasMessageContaining(name);
    assertThat(((PenstockException) thrown).code()).isEqualTo(bad.code());
  }

  private static byte[] zip(boolean deflated, Object... members) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (int i = 0; i < members.length; i += 2) {
        byte[] content = (byte[]) members[i + 1];
        ZipEntry entry = new ZipEntry((String) members[i]);
        if (!deflated) {
          CRC32 crc = new CRC32();
          crc.update(content);
          entry.setMethod(ZipEntry.STORED);
          entry.setSize(content.length);
          entry.setCrc(crc.getValue());
        }
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }
}
