package io.penstock.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.RefusedException;
import io.penstock.image.ImageDecoder.OtherSize;
import io.penstock.load.SampleForm;
import io.penstock.load.SampleRandom;
import io.penstock.load.SampleValue;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageDecoderTest {
  private static BufferedImage random(int height, int width, int kind) {
    Random random = new Random(31L * height + width);
    BufferedImage image = new BufferedImage(width, height, kind);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, 0xff000000 | random.nextInt(1 << 24));
      }
    }
    return image;
  }

  private static byte[] encoded(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, bytes)).isTrue();
    return bytes.toByteArray();
  }

  private static byte[] decoded(ImageDecoder decoder, byte[] encoded) throws IOException {
    byte[] output = new byte[decoder.height() * decoder.width() * decoder.channels()];
    MemorySegment elements = MemorySegment.ofArray(encoded);
    decoder.apply(
        new SampleValue(7, DataType.UINT8, Shape.of(encoded.length), elements),
        MemorySegment.ofArray(output),
        SampleRandom.of(0, 0, 7));
    return output;
  }

  private static byte[] pixels(BufferedImage image, int channels) {
    byte[] pixels = new byte[image.getHeight() * image.getWidth() * channels];
    int at = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int argb = image.getRGB(x, y);
        for (int channel = 0; channel < channels; channel++) {
          pixels[at++] = (byte) (channel == 3 ? argb >> 24 : argb >> (16 - 8 * channel));
        }
      }
    }
    return pixels;
  }

  @ParameterizedTest
  @CsvSource({"png", "bmp", "tiff"})
  void pixelsAreThoseOfTheImage_whenItHasTheSize(String format) throws IOException {
    BufferedImage image = random(13, 17, BufferedImage.TYPE_3BYTE_BGR);
    assertThat(decoded(ImageDecoder.rgb(13, 17), encoded(image, format)))
        .isEqualTo(pixels(image, 3));
  }

  @Test
  void pixelsAreNearThoseOfTheImage_whenItIsAJpeg() throws IOException {
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_3BYTE_BGR);
    for (int i = 0; i < 256; i++) {
      image.setRGB(i % 16, i / 16, 0xff204060);
    }
    byte[] pixels = decoded(ImageDecoder.rgb(16, 16), encoded(image, "jpeg"));
    for (int i = 0; i < pixels.length; i++) {
      assertThat(pixels[i] & 0xff).isBetween(0x20 * (1 + i % 3) - 4, 0x20 * (1 + i % 3) + 4);
    }
  }

  @Test
  void channelsAreThoseThatWereAskedFor_whateverTheImageHas() throws IOException {
    BufferedImage colour = random(5, 4, BufferedImage.TYPE_3BYTE_BGR);
    BufferedImage grey = new BufferedImage(4, 5, BufferedImage.TYPE_BYTE_GRAY);
    grey.getRaster().setSample(1, 2, 0, 200);
    byte[] ofGrey = decoded(ImageDecoder.rgb(5, 4), encoded(grey, "png"));
    int at = 3 * (2 * 4 + 1);
    assertThat(Arrays.copyOfRange(ofGrey, at, at + 3)).containsOnly(200);
    byte[] ofColour = decoded(ImageDecoder.grey(5, 4), encoded(colour, "png"));
    byte[] rgb = pixels(colour, 3);
    for (int i = 0; i < ofColour.length; i++) {
      double luma =
          0.299 * (rgb[3 * i] & 0xff)
              + 0.587 * (rgb[3 * i + 1] & 0xff)
              + 0.114 * (rgb[3 * i + 2] & 0xff);
      assertThat(ofColour[i] & 0xff).isEqualTo((int) Math.floor(luma + 0.5));
    }
    ImageDecoder rgba = new ImageDecoder(5, 4, 4, OtherSize.REFUSE);
    assertThat(decoded(rgba, encoded(colour, "png"))).isEqualTo(pixels(colour, 4));
  }

  @Test
  void theUpperBitsStay_whenAnImageHasSixteen() throws IOException {
    BufferedImage deep = new BufferedImage(3, 2, BufferedImage.TYPE_USHORT_GRAY);
    deep.getRaster().setSample(2, 1, 0, 0xabcd);
    byte[] pixels = decoded(ImageDecoder.grey(2, 3), encoded(deep, "png"));
    assertThat(pixels).containsExactly(0, 0, 0, 0, 0, 0xab);
  }

  @Test
  void evenAreasStayEven_whenImagesAreResized() throws IOException {
    BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < 30; y++) {
      for (int x = 0; x < 40; x++) {
        image.setRGB(x, y, x < 20 ? 0x00ff00 : 0x0000c8);
      }
    }
    for (int[] size : new int[][] {{7, 10}, {30, 80}, {90, 40}, {1, 2}}) {
      byte[] pixels = decoded(ImageDecoder.rgb(size[0], size[1]), encoded(image, "png"));
      for (int y = 0; y < size[0]; y++) {
        int left = 3 * y * size[1];
        int right = left + 3 * (size[1] - 1);
        assertThat(pixels[left] & 0xff).isZero();
        assertThat(pixels[left + 1] & 0xff).isGreaterThan(size[1] > 2 ? 254 : 180);
        assertThat(pixels[right + 2] & 0xff).isBetween(size[1] > 2 ? 200 : 140, 200);
      }
    }
  }

  @Test
  void halvingAverages_whenImagesAreResized() {
    byte[] pixels = {0, 100, 20, 40};
    // The weights of a triangle of two pixels to each side, cut off at the border.
    assertThat(Resampling.resize(pixels, 1, 4, 1, 1, 2)).containsExactly(46, 40);
    assertThat(Resampling.resize(pixels, 4, 1, 1, 2, 1)).containsExactly(46, 40);
    assertThat(Resampling.resize(pixels, 2, 2, 1, 2, 2)).isEqualTo(pixels);
    assertThat(Resampling.resize(new byte[] {0, 100}, 1, 2, 1, 1, 4))
        .containsExactly(0, 25, 75, 100);
  }

  @Test
  void imagesOfAnotherSizeAreDamage_whenTheyAreRefused() throws IOException {
    byte[] image = encoded(random(5, 6, BufferedImage.TYPE_3BYTE_BGR), "png");
    ImageDecoder strict = ImageDecoder.rgb(5, 7).otherSize(OtherSize.REFUSE);
    assertThatThrownBy(() -> decoded(strict, image))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("an image of 5 x 6 pixels, not 5 x 7");
  }

  @Test
  void bytesThatAreNoImageAreDamage() throws IOException {
    byte[] image = encoded(random(40, 40, BufferedImage.TYPE_3BYTE_BGR), "png");
    ImageDecoder decoder = ImageDecoder.rgb(40, 40);
    assertThatThrownBy(() -> decoded(decoder, new byte[0]))
        .isInstanceOf(CorruptDataException.class);
    assertThatThrownBy(() -> decoded(decoder, new byte[] {1, 2, 3}))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("no image reader");
    for (int length : new int[] {9, 20, 60, image.length / 2, image.length * 9 / 10}) {
      assertThatThrownBy(() -> decoded(decoder, Arrays.copyOf(image, length)))
          .as("%s bytes", length)
          .isInstanceOfAny(CorruptDataException.class, IOException.class);
    }
  }

  @Test
  void whatIsNoRowOfBytesIsRefused_beforeAnythingIsRead() {
    ImageDecoder decoder = ImageDecoder.rgb(4, 5);
    assertThat(decoder.output(new SampleForm(DataType.UINT8, Shape.of(Shape.RAGGED))))
        .isEqualTo(new SampleForm(DataType.UINT8, Shape.of(4, 5, 3)));
    assertThatThrownBy(() -> decoder.output(new SampleForm(DataType.INT16, Shape.of(-1))))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("int16[-1]");
    assertThatThrownBy(() -> new ImageDecoder(1, 1, 2, OtherSize.RESIZE))
        .hasMessageContaining("channels 2");
    assertThatThrownBy(() -> ImageDecoder.rgb(0, 1)).hasMessageContaining("0 x 1");
    assertThatThrownBy(() -> ImageDecoder.rgb(1 << 20, 1 << 20)).hasMessageContaining("exceed");
  }

  @Test
  void bytesAreReadFromTheSegment_atAnyPlace() throws IOException {
    byte[] bytes = {1, 2, 3, (byte) 200, 5};
    try (SegmentImageInput input = new SegmentImageInput(MemorySegment.ofArray(bytes))) {
      assertThat(input.length()).isEqualTo(5);
      assertThat(input.read()).isEqualTo(1);
      input.seek(3);
      assertThat(input.read()).isEqualTo(200);
      byte[] rest = new byte[4];
      assertThat(input.read(rest, 1, 3)).isEqualTo(1);
      assertThat(rest).containsExactly(0, 5, 0, 0);
      assertThat(input.read()).isEqualTo(-1);
      assertThat(input.read(rest, 0, 1)).isEqualTo(-1);
    }
    assertThat(MemorySegment.ofArray(bytes).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
  }
}
