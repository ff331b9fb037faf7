package io.penstock.image;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.load.SampleForm;
import io.penstock.load.SampleRandom;
import io.penstock.load.SampleTransform;
import io.penstock.load.SampleValue;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Decodes samples that are encoded images, a row of uint8 each, into pixels of one size: uint8 of
/// the shape (height, width, channels), row by row, channels last. Formats are those that the JDK
/// reads: PNG, JPEG, GIF (the first image), BMP, TIFF.
///
/// Colours become grey with the weights 0.299, 0.587, 0.114; greys become colours with three equal
/// channels; an alpha channel is dropped, or added as opaque; of 16 bits the upper 8 stay. Images
/// of another size are resampled, the same way on every machine, or are damaged samples.
///
/// Pixels pass through the Java heap. Thread-safe.
///
/// @param height of the pixels, 1 or more
/// @param width of the pixels, 1 or more
/// @param channels 1 grey, 3 red green blue, 4 the same and alpha
/// @param otherSize what becomes of images of another size
public record ImageDecoder(int height, int width, int channels, OtherSize otherSize)
    implements SampleTransform {
  /// What becomes of images of another size.
  public enum OtherSize {
    /// They are damaged samples.
    REFUSE,
    /// They are resampled, without regard to their proportions.
    RESIZE
  }

  /// Checks the numbers.
  public ImageDecoder {
    if (height < 1 || width < 1) {
      throw refused("images of " + height + " x " + width + " pixels have none");
    }
    if (channels != 1 && channels != 3 && channels != 4) {
      throw refused("channels " + channels + " is not 1, 3 or 4");
    }
    if ((long) height * width * channels > ImagePixels.MAX_IMAGE_BYTES) {
      throw refused(
          "images of "
              + height
              + " x "
              + width
              + " x "
              + channels
              + " bytes exceed "
              + ImagePixels.MAX_IMAGE_BYTES);
    }
  }

  /// Colours of a size; others are resampled.
  public static ImageDecoder rgb(int height, int width) {
    return new ImageDecoder(height, width, 3, OtherSize.RESIZE);
  }

  /// Greys of a size; others are resampled.
  public static ImageDecoder grey(int height, int width) {
    return new ImageDecoder(height, width, 1, OtherSize.RESIZE);
  }

  /// The same, with another treatment of images of other sizes.
  public ImageDecoder otherSize(OtherSize action) {
    return new ImageDecoder(height, width, channels, action);
  }

  @Override
  public SampleForm output(SampleForm input) {
    if (input.type() != DataType.UINT8 || input.shape().rank() != 1) {
      throw refused("encoded images are rows of uint8, not " + input);
    }
    return new SampleForm(DataType.UINT8, Shape.of(height, width, channels));
  }

  @Override
  public void apply(SampleValue sample, MemorySegment output, SampleRandom random)
      throws IOException {
    String name = "image";
    Landing landing = new Landing(output);
    PixelForm form;
    try (SegmentImageInput input = new SegmentImageInput(sample.elements())) {
      form = ImagePixels.decode(name, input, landing::target);
    }
    byte[] pixels = landing.pixels;
    if (pixels.length > 0) {
      byte[] bytes = form.type() == DataType.UINT8 ? pixels : upperBytes(pixels);
      byte[] ofChannels = withChannels(bytes, form.channels(), channels);
      byte[] sized =
          Resampling.resize(ofChannels, form.height(), form.width(), channels, height, width);
      MemorySegment.copy(sized, 0, output, ValueLayout.JAVA_BYTE, 0, sized.length);
    }
  }

  /// Where the pixels of one image land: in the output at once if nothing remains to be done.
  private final class Landing {
    private final MemorySegment output;
    private byte[] pixels = new byte[0];

    Landing(MemorySegment output) {
      this.output = output;
    }

    MemorySegment target(PixelForm form) {
      boolean sameSize = form.height() == height && form.width() == width;
      if (!sameSize && otherSize == OtherSize.REFUSE) {
        throw new CorruptDataException(
            ErrorCode.INPUT_MALFORMED,
            "an image of "
                + form.height()
                + " x "
                + form.width()
                + " pixels, not "
                + height
                + " x "
                + width);
      }
      if (sameSize && form.channels() == channels && form.type() == DataType.UINT8) {
        return output;
      }
      pixels = new byte[Math.toIntExact(form.bytes())];
      return MemorySegment.ofArray(pixels);
    }
  }

  private static byte[] upperBytes(byte[] pixels) {
    MemorySegment words = MemorySegment.ofArray(pixels);
    byte[] upper = new byte[pixels.length / 2];
    for (int i = 0; i < upper.length; i++) {
      upper[i] = (byte) (words.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i) >> 8);
    }
    return upper;
  }

  private static byte[] withChannels(byte[] pixels, int from, int to) {
    if (from == to) {
      return pixels;
    }
    int count = pixels.length / from;
    byte[] result = new byte[Math.multiplyExact(count, to)];
    for (int i = 0; i < count; i++) {
      int in = i * from;
      int out = i * to;
      boolean grey = from < 3;
      if (to == 1) {
        result[out] = grey ? pixels[in] : luma(pixels, in);
      } else {
        for (int channel = 0; channel < 3; channel++) {
          result[out + channel] = pixels[grey ? in : in + channel];
        }
        if (to == 4) {
          result[out + 3] = from == 2 ? pixels[in + 1] : (byte) 0xff;
        }
      }
    }
    return result;
  }

  private static byte luma(byte[] pixels, int at) {
    int red = pixels[at] & 0xff;
    int green = pixels[at + 1] & 0xff;
    int blue = pixels[at + 2] & 0xff;
    return (byte) ((299 * red + 587 * green + 114 * blue + 500) / 1000);
  }

  private static RefusedException refused(String what) {
    return new RefusedException(ErrorCode.INVALID_ARGUMENT, what);
  }
}
