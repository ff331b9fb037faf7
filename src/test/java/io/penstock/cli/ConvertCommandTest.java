package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testing.Environment;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertCommandTest {
  private static final String PIXELS =
      "7ad198b4b0400dd35879acce9eb68c6fbe08b855aa4785b31704035be3d09557";
  private static final String LABELS =
      "66d4d185c507f3862abda0414ec1d66a5ac720d16acc154c0b0f67737fcb48f5";
  private static final int PICTURE = 28 * 28;

  @TempDir Path folder;
  private String dataset = "";
  private String images = "";
  private String labels = "";

  @BeforeEach
  void unpack() throws IOException {
    dataset = folder.resolve("ds").toString();
    images = "image=" + bundled("images-idx3-ubyte.gz", folder);
    labels = "label=" + bundled("labels-idx1-ubyte.gz", folder);
  }

  static Path bundled(String name, Path folder) throws IOException {
    try (InputStream stream =
        Objects.requireNonNull(DemoCommand.class.getResourceAsStream("demo/" + name))) {
      Path file = folder.resolve(name);
      Files.write(file, stream.readAllBytes());
      return file;
    }
  }

  /// The elements of a tensor, out of the NPY that `show` prints.
  static byte[] elements(String uri) {
    byte[] npy = CommandRun.sound("show", uri, "--npy", "-").bytes();
    int header = 10 + Byte.toUnsignedInt(npy[8]) + 256 * Byte.toUnsignedInt(npy[9]);
    return Arrays.copyOfRange(npy, header, npy.length);
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void idxComesBackAsItWas() {
    CommandRun.sound("convert", images, labels, dataset);

    assertThat(sha256(elements(dataset + "#image[:]"))).isEqualTo(PIXELS);
    assertThat(sha256(elements(dataset + "#label[:]"))).isEqualTo(LABELS);
  }

  @Test
  void everyFormOfTheSamePicturesGivesTheSamePixelsAndLabels() throws IOException {
    Path data = Environment.shared("data/fashion-mnist-900");
    String npy = folder.resolve("npy").toString();
    String npz = folder.resolve("npz").toString();
    CommandRun.sound("convert", images, labels, dataset);
    CommandRun.sound("convert", "image=" + data.resolve("images.npy"), labels, npy);
    CommandRun.sound("convert", data.resolve("fashion-mnist-900.npz").toString(), npz);

    assertThat(sha256(elements(npy + "#image[:]"))).isEqualTo(PIXELS);
    assertThat(sha256(elements(npz + "#images[:]"))).isEqualTo(PIXELS);
    assertThat(elements(npz + "#labels[:]")).isNotEmpty();
    assertThat(CommandRun.sound("info", npy, "--format", "json").object().get("digest"))
        .as("the same samples written in the same way")
        .isEqualTo(CommandRun.sound("info", dataset, "--format", "json").object().get("digest"));
  }

  @Test
  void classFoldersGiveThePixelsInTheirOwnOrder_whenDecoded() throws IOException {
    Path tar = Environment.shared("data/fashion-mnist-900/images-png.tar");
    Path pictures = folder.resolve("pictures");
    untar(tar, pictures);
    CommandRun.sound("convert", "--decode", pictures.toString(), dataset);
    String idx = folder.resolve("idx").toString();
    CommandRun.sound("convert", images, labels, idx);

    byte[] decoded = elements(dataset + "#image[:]");
    byte[] expected = elements(idx + "#image[:]");
    ByteBuffer classes =
        ByteBuffer.wrap(elements(dataset + "#label[:]")).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 900; i++) {
      int sample = i % 90 * 10 + i / 90;
      assertThat(
              Arrays.mismatch(
                  decoded,
                  i * PICTURE,
                  (i + 1) * PICTURE,
                  expected,
                  sample * PICTURE,
                  (sample + 1) * PICTURE))
          .as("picture " + i)
          .isEqualTo(-1);
      assertThat(classes.getLong(8 * i)).isEqualTo(i / 90);
    }
  }

  @Test
  void classFoldersGiveTheirFiles_whenNotDecoded() throws IOException {
    Path tar = Environment.shared("data/fashion-mnist-900/images-png.tar");
    Path pictures = folder.resolve("pictures");
    untar(tar, pictures);
    CommandRun.sound("convert", pictures.toString(), dataset);
    Path out = folder.resolve("out");

    CommandRun.sound("show", dataset + "#image[90:92]", "--out", out.toString());

    assertThat(CommandRun.sound("info", dataset, "--format", "json").rows("tensors").getFirst())
        .containsEntry("mediaType", "image/png")
        .containsEntry("ragged", true);
    assertThat(out.resolve("00000091.png"))
        .hasSameBinaryContentAs(pictures.resolve("1-trouser/00011.png"));
  }

  @Test
  void theSameSamplesWrittenTwiceHaveTheSameDigest() {
    String again = folder.resolve("again").toString();
    CommandRun.sound("convert", images, labels, dataset);
    CommandRun.sound("convert", images, labels, again, "-m", "another message");

    assertThat(CommandRun.sound("info", again, "--format", "json").object().get("digest"))
        .isEqualTo(CommandRun.sound("info", dataset, "--format", "json").object().get("digest"));
  }

  @Test
  void appendAddsSamples_andAnExistingDatasetIsNotOverwritten() {
    CommandRun.sound("convert", images, labels, dataset);

    CommandRun again = CommandRun.of("convert", images, labels, dataset);
    CommandRun append = CommandRun.of("convert", images, labels, dataset, "--append", "-q");

    assertThat(again.exitCode()).isEqualTo(4);
    assertThat(again.err()).contains("--append").contains("code: dataset-exists");
    assertThat(append.exitCode()).isZero();
    assertThat(append.out()).isEqualTo("main:2\n");
    assertThat(CommandRun.sound("info", dataset, "--format", "json").object())
        .containsEntry("samples", 1800L);
  }

  @Test
  void samplesThatDoNotFitAreRefused_whenAppended() {
    CommandRun.sound("convert", images, labels, dataset);

    CommandRun run = CommandRun.of("convert", images, dataset, "--append");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("label is missing here");
  }

  @Test
  void aPlanWritesNothing() {
    CommandRun run =
        CommandRun.of("convert", "--plan", "--format", "json", images, labels, dataset);

    assertThat(run.exitCode()).isZero();
    assertThat(run.object())
        .containsEntry("creates", true)
        .containsEntry("samples", 900L)
        .containsEntry("decodedBytes", 900L * PICTURE + 900);
    assertThat(folder.resolve("ds")).doesNotExist();
  }

  @Test
  void nothingBecomesVisible_whenTheInputIsDamaged() throws IOException {
    Path cut = folder.resolve("cut.gz");
    byte[] whole = Files.readAllBytes(folder.resolve("images-idx3-ubyte.gz"));
    Files.write(cut, Arrays.copyOf(whole, whole.length - 1000));

    CommandRun run = CommandRun.of("convert", "image=" + cut, labels, dataset);

    assertThat(run.exitCode()).isEqualTo(7);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("cut.gz").contains("code: input-malformed");
    assertThat(CommandRun.sound("info", dataset, "--format", "json").object())
        .containsEntry("samples", 0L);
    assertThat(CommandRun.of("convert", images, labels, dataset).exitCode())
        .as("the same place can be used")
        .isZero();
  }

  @Test
  void anInterruptStopsTheConversion_andNothingBecomesVisible() {
    Thread.currentThread().interrupt();

    CommandRun run = CommandRun.of("convert", images, labels, dataset);

    assertThat(Thread.interrupted() || run.exitCode() == 130).isTrue();
    assertThat(run.exitCode()).isEqualTo(130);
    assertThat(run.err()).contains("code: interrupted");
  }

  @Test
  void aShuffledConversionKeepsPicturesWithTheirLabels_andSaysHow() {
    String inOrder = folder.resolve("in-order").toString();
    CommandRun.sound("convert", images, labels, inOrder);
    CommandRun.sound(
        "convert", images, labels, dataset, "--shuffle=7", "--shuffle-bytes", "200KiB");

    byte[] before = joined(inOrder);
    byte[] after = joined(dataset);
    assertThat(after).isNotEqualTo(before);
    assertThat(sorted(after)).isEqualTo(sorted(before));
    Map<String, Object> expected =
        Map.of("algorithm", "tumbling", "seed", 7L, "bufferBytes", 204800L, "bufferSamples", 258L);
    assertThat(CommandRun.sound("ls", dataset, "--format", "json").rows("fragments").getFirst())
        .containsEntry("shuffle", expected);
    assertThat(CommandRun.sound("log", dataset, "--format", "json").rows().getFirst())
        .containsEntry("shuffle", List.of(expected));
    assertThat(CommandRun.sound("log", inOrder, "--format", "json").rows().getFirst())
        .containsEntry("shuffle", List.of());
  }

  /// Each sample of the bundled pictures with its label, which has one byte.
  private static byte[] joined(String uri) {
    byte[] pixels = elements(uri + "#image[:]");
    byte[] classes = elements(uri + "#label[:]");
    assertThat(pixels).hasSize(classes.length * PICTURE);
    ByteBuffer joined = ByteBuffer.allocate(pixels.length + classes.length);
    for (int i = 0; i < classes.length; i++) {
      joined.put(pixels, i * PICTURE, PICTURE).put(classes[i]);
    }
    return joined.array();
  }

  private static List<String> sorted(byte[] joined) {
    return IntStream.range(0, joined.length / (PICTURE + 1))
        .mapToObj(i -> HexFormat.of().formatHex(joined, i * (PICTURE + 1), (i + 1) * (PICTURE + 1)))
        .sorted()
        .toList();
  }

  @Test
  void aShuffleWithoutASeedIsThatOfSeedZero_whereverTheOptionStands() {
    String again = folder.resolve("again").toString();
    String other = folder.resolve("other").toString();
    CommandRun.sound("convert", "--shuffle", images, labels, dataset);
    CommandRun.sound("convert", images, labels, again, "--shuffle=0", "--threads", "1");
    CommandRun.sound("convert", images, labels, other, "--shuffle=-1");

    assertThat(digest(again)).isEqualTo(digest(dataset));
    assertThat(digest(other)).isNotEqualTo(digest(dataset));
  }

  private static Object digest(String uri) {
    return CommandRun.sound("info", uri, "--format", "json").object().get("digest");
  }

  @Test
  void aShuffleThatCannotBeDoneIsRefused_andNothingBecomesVisible() {
    CommandRun word = CommandRun.of("convert", "--shuffle=x", images, labels, dataset);
    assertThat(word.exitCode()).isEqualTo(2);
    CommandRun alone = CommandRun.of("convert", images, labels, dataset, "--shuffle-bytes", "1MiB");
    assertThat(alone.exitCode()).isEqualTo(2);
    assertThat(alone.err()).contains("--shuffle-bytes without --shuffle");
    CommandRun small =
        CommandRun.of("convert", images, labels, dataset, "--shuffle", "--memory", "64MiB");
    assertThat(small.exitCode()).isEqualTo(2);
    assertThat(small.err()).contains("shuffle buffer of 134217728 bytes exceeds");
    CommandRun tiny =
        CommandRun.of("convert", images, labels, dataset, "--shuffle", "--shuffle-bytes", "1KiB");
    assertThat(tiny.exitCode()).isEqualTo(2);
    assertThat(tiny.err()).contains("does not hold two samples");
    assertThat(CommandRun.sound("info", dataset, "--format", "json").object())
        .containsEntry("samples", 0L);
  }

  @Test
  void aPlanSaysHowSamplesWouldBeShuffled() {
    assertThat(
            CommandRun.sound(
                    "convert", images, dataset, "--shuffle=3", "--plan", "--format", "json")
                .object())
        .containsEntry(
            "shuffle", Map.of("algorithm", "tumbling", "seed", 3L, "bufferBytes", 134217728L));
  }

  @Test
  void chunksAndCodecAreWhatWasAskedFor() {
    CommandRun.sound(
        "convert",
        images,
        labels,
        dataset,
        "--chunk-samples",
        "100",
        "--codec",
        "gzip:6",
        "--shard-bytes",
        "300KiB",
        "--memory",
        "64MiB",
        "--threads",
        "1");

    assertThat(CommandRun.sound("ls", dataset, "--format", "json").rows("arrays").getFirst())
        .containsEntry("tensor", "image")
        .containsEntry("chunk", List.of(100L, 28L, 28L));
    assertThat(sha256(elements(dataset + "#image[:]"))).isEqualTo(PIXELS);
  }

  /// Unpacks the plain files of a ustar archive.
  private static void untar(Path tar, Path folder) throws IOException {
    byte[] archive = Files.readAllBytes(tar);
    int at = 0;
    while (at + 512 <= archive.length && archive[at] != 0) {
      String name = text(archive, at, 100);
      int bytes = Integer.parseInt(text(archive, at + 124, 12).trim(), 8);
      if (archive[at + 156] == '0') {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, Arrays.copyOfRange(archive, at + 512, at + 512 + bytes));
      }
      at += 512 + Math.ceilDiv(bytes, 512) * 512;
    }
  }

  private static String text(byte[] archive, int from, int most) {
    int end = from;
    while (end < from + most && archive[end] != 0) {
      end++;
    }
    return new String(archive, from, end - from, StandardCharsets.ISO_8859_1);
  }
}
