package io.penstock.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageFolderSourceTest {
  @TempDir Path folder;

  /// A red picture with its position in green and blue, as PNG.
  static Path picture(Path folder, int width, int height) throws IOException {
    return picture(folder.resolve("picture.png"), BufferedImage.TYPE_INT_RGB, width, height, "png");
  }

  private static Path picture(Path file, int type, int width, int height, String format)
      throws IOException {
    BufferedImage image = new BufferedImage(width, height, type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, 0xff000000 | 200 << 16 | y << 8 | x);
      }
    }
    Files.createDirectories(file.getParent());
    if (!ImageIO.write(image, format, file.toFile())) {
      throw new IOException("no writer for " + format);
    }
    return file;
  }

  private Path png(String name, int width, int height) throws IOException {
    return picture(folder.resolve(name), BufferedImage.TYPE_INT_RGB, width, height, "png");
  }

  @Test
  void classFoldersGiveEncodedImagesAndLabels_inTheOrderOfNames() throws IOException {
    Path second = png("b/1.png", 3, 2);
    Path first = png("a/2.png", 4, 4);
    Path zeroth = png("a/1.png", 1, 1);

    SourceContent content = SourceContent.of(1, false, folder.toString());

    assertThat(SourceContent.schema(false, folder.toString()))
        .containsExactly("image uint8[-1] image/png", "label int64[]");
    assertThat(content.bytes("image")).isEqualTo(concat(zeroth, first, second));
    assertThat(content.shapes("image"))
        .containsExactly(
            (int) Files.size(zeroth), (int) Files.size(first), (int) Files.size(second));
    assertThat(content.bytes("label")).isEqualTo(longs(0, 0, 1));
    assertThat(content.blocks()).isEqualTo(3);
  }

  @Test
  void labelsAreTheNumbers_whenAllClassFoldersAreNumbers() throws IOException {
    png("10/x.png", 1, 1);
    png("7/x.png", 1, 1);

    assertThat(SourceContent.of(folder).bytes("label")).isEqualTo(longs(10, 7));
  }

  @Test
  void aFlatFolderHasNoLabels_andDotFilesDoNotCount() throws IOException {
    png("x.png", 1, 1);
    Files.writeString(folder.resolve(".DS_Store"), "no image");

    assertThat(SourceContent.schema(false, folder.toString()))
        .containsExactly("image uint8[-1] image/png");
  }

  @Test
  void thePixelsOfEqualImagesAreOfFixedShape_whenDecoded() throws IOException {
    png("a/1.png", 3, 2);
    png("b/1.png", 3, 2);

    SourceContent content = SourceContent.of(1 << 20, true, folder.toString());

    assertThat(SourceContent.schema(true, folder.toString()))
        .containsExactly("image uint8[2, 3, 3]", "label int64[]");
    byte[] rows = {
      (byte) 200, 0, 0, (byte) 200, 0, 1, (byte) 200, 0, 2,
      (byte) 200, 1, 0, (byte) 200, 1, 1, (byte) 200, 1, 2
    };
    assertThat(content.bytes("image")).startsWith(rows).endsWith(rows).hasSize(2 * rows.length);
  }

  @Test
  void thePixelsOfDifferingImagesAreRagged_whenDecoded() throws IOException {
    png("1.png", 3, 2);
    png("2.png", 1, 4);

    SourceContent content = SourceContent.of(1, true, folder.toString());

    assertThat(SourceContent.schema(true, folder.toString()))
        .containsExactly("image uint8[-1, -1, 3]");
    assertThat(content.shapes("image")).containsExactly(2, 3, 3, 4, 1, 3);
    assertThat(content.bytes("image")).hasSize(18 + 12);
  }

  @ParameterizedTest
  @CsvSource({
    "png,TYPE_BYTE_GRAY,'image uint8[2, 3]'",
    "png,TYPE_BYTE_BINARY,'image uint8[2, 3]'",
    "png,TYPE_USHORT_GRAY,'image uint16[2, 3]'",
    "png,TYPE_INT_ARGB,'image uint8[2, 3, 4]'",
    "png,TYPE_BYTE_INDEXED,'image uint8[2, 3, 3]'",
    "bmp,TYPE_3BYTE_BGR,'image uint8[2, 3, 3]'",
    "gif,TYPE_BYTE_INDEXED,'image uint8[2, 3, 3]'",
    "tiff,TYPE_3BYTE_BGR,'image uint8[2, 3, 3]'",
    "jpg,TYPE_INT_RGB,'image uint8[2, 3, 3]'",
    "jpg,TYPE_BYTE_GRAY,'image uint8[2, 3]'",
  })
  void everyKindOfImageKeepsItsChannels_whenDecoded(String format, String type, String schema)
      throws Exception {
    int imageType = BufferedImage.class.getField(type).getInt(null);
    Path file = picture(folder.resolve("p." + format), imageType, 3, 2, format);
    BufferedImage read = ImageIO.read(file.toFile());

    byte[] pixels = SourceContent.of(1 << 20, true, folder.toString()).bytes("image");

    assertThat(SourceContent.schema(true, folder.toString())).containsExactly(schema);
    if (schema.endsWith("[2, 3, 3]")) {
      assertThat(rgb(pixels, 5)).isEqualTo(read.getRGB(2, 1) & 0xffffff);
    } else if (schema.startsWith("image uint16")) {
      int sample = read.getRaster().getSample(2, 1, 0);
      assertThat(ByteBuffer.wrap(pixels).order(ByteOrder.nativeOrder()).getShort(10))
          .isEqualTo((short) sample);
    } else if (schema.endsWith("[2, 3]") && !type.equals("TYPE_BYTE_BINARY")) {
      assertThat(Byte.toUnsignedInt(pixels[5])).isEqualTo(read.getRaster().getSample(2, 1, 0));
    }
  }

  @Test
  void aTensorHasOneType_soDeeperImagesAreNoCompany() throws IOException {
    picture(folder.resolve("1.png"), BufferedImage.TYPE_BYTE_GRAY, 2, 2, "png");
    picture(folder.resolve("2.png"), BufferedImage.TYPE_USHORT_GRAY, 2, 2, "png");

    assertThatThrownBy(() -> SourceContent.of(1, true, folder.toString()))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("2.png")
        .hasMessageContaining("uint16")
        .hasMessageContaining("one tensor has one type");
  }

  @Test
  void mediaTypeIsLeftOut_whenFilesDiffer() throws IOException {
    png("1.png", 1, 1);
    picture(folder.resolve("2.jpg"), BufferedImage.TYPE_INT_RGB, 1, 1, "jpg");

    assertThat(SourceContent.schema(false, folder.toString())).containsExactly("image uint8[-1]");
  }

  @Test
  void aFileBesideClassFoldersIsRefused() throws IOException {
    png("a/1.png", 1, 1);
    png("1.png", 1, 1);

    assertThatThrownBy(() -> SourceContent.of(folder))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("1.png")
        .hasMessageContaining("has no class");
  }

  @Test
  void aFolderWithinAClassIsRefused() throws IOException {
    png("a/b/1.png", 1, 1);

    assertThatThrownBy(() -> SourceContent.of(folder))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("is no file");
  }

  @Test
  void anEmptyFolderIsRefused() {
    assertThatThrownBy(() -> SourceContent.of(folder))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("holds no image");
  }

  @Test
  void anImageThatVanishesAfterTheOpeningIsAnError() throws IOException {
    png("a/1.png", 1, 1);
    Path gone = png("b/1.png", 1, 1);
    try (SampleSource source =
        SampleSources.open(java.util.List.of(SourceSpec.parse(folder.toString())), false)) {
      Files.delete(gone);

      assertThatThrownBy(() -> SourceContent.read(source, 1))
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining("another number now");
    }
  }

  private static int rgb(byte[] pixels, int index) {
    return Byte.toUnsignedInt(pixels[3 * index]) << 16
        | Byte.toUnsignedInt(pixels[3 * index + 1]) << 8
        | Byte.toUnsignedInt(pixels[3 * index + 2]);
  }

  private static byte[] concat(Path... files) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (Path file : files) {
      all.writeBytes(Files.readAllBytes(file));
    }
    return all.toByteArray();
  }

  private static byte[] longs(long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.nativeOrder());
    LongStream.of(values).forEach(bytes::putLong);
    return bytes.array();
  }
}
