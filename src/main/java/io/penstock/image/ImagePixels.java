package io.penstock.image;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.tensor.DataType;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;

/// Pixels of encoded images, by the readers of the JDK: row by row, channels last, in the values of
/// the file. Palettes are resolved; a palette of greys counts as grey. Thread-safe.
///
/// All methods throw a [CorruptDataException] that begins with the image's name for bytes that are
/// no image, are damaged, or hold more than [#MAX_IMAGE_BYTES]; failures to read the input pass
/// through.
public final class ImagePixels {
  /// The most bytes that the pixels of one image may have.
  public static final long MAX_IMAGE_BYTES = 256L << 20;

  private interface Use<T> {
    T apply(ImageReader reader) throws IOException;
  }

  private ImagePixels() {}

  /// The form of an image by its header, without decoding it.
  ///
  /// @param name of the image, for messages
  /// @param input its bytes, from the current place on; borrowed
  public static PixelForm form(String name, ImageInputStream input) throws IOException {
    return read(name, input, reader -> header(name, reader));
  }

  /// Decodes an image.
  ///
  /// @param name of the image, for messages
  /// @param input its bytes, from the current place on; borrowed
  /// @param target is told the form of the image by its header, and gives memory of exactly its
  ///   bytes; elements are in this machine's byte order
  /// @return the form
  public static PixelForm decode(
      String name, ImageInputStream input, Function<PixelForm, MemorySegment> target)
      throws IOException {
    return read(
        name,
        input,
        reader -> {
          PixelForm form = header(name, reader);
          MemorySegment pixels = target.apply(form);
          copy(name, decoded(name, reader), form, pixels);
          return form;
        });
  }

  private static PixelForm header(String name, ImageReader reader) throws IOException {
    Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
    if (!types.hasNext()) {
      throw malformed(name, "has no pixel type that the JDK knows");
    }
    PixelForm form = form(name, reader.getHeight(0), reader.getWidth(0), types.next());
    if (form.bytes() > MAX_IMAGE_BYTES) {
      throw malformed(
          name,
          form.height()
              + " x "
              + form.width()
              + " pixels are "
              + form.bytes()
              + " bytes, the limit is "
              + MAX_IMAGE_BYTES);
    }
    return form;
  }

  private static void copy(
      String name, BufferedImage image, PixelForm expected, MemorySegment target) {
    PixelForm found =
        form(name, image.getHeight(), image.getWidth(), new ImageTypeSpecifier(image));
    if (!found.equals(expected)) {
      throw malformed(name, "decodes to " + found + ", its header says " + expected);
    }
    ColorModel colors = image.getColorModel();
    if (colors instanceof IndexColorModel palette) {
      copyIndexed(image.getRaster(), palette, found, target);
    } else if (colors.getComponentSize(0) == 8 * found.type().byteCount()) {
      copySamples(image.getRaster(), found, target);
    } else {
      copyScaled(image, found, target);
    }
  }

  private static BufferedImage decoded(String name, ImageReader reader) throws IOException {
    AtomicReference<String> cut = new AtomicReference<>();
    reader.addIIOReadWarningListener((_, warning) -> {
      if (warning.startsWith("Premature end")) {
        cut.set(warning);
      }
    });
    BufferedImage image = reader.read(0);
    if (cut.get() != null) {
      throw malformed(name, "ends early: " + cut.get());
    }
    return image;
  }

  private static <T> T read(String name, ImageInputStream input, Use<T> use) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(input);
    if (!readers.hasNext()) {
      throw new CorruptDataException(
          ErrorCode.UNSUPPORTED, name, "no image reader of the JDK knows this format");
    }
    ImageReader reader = readers.next();
    try {
      reader.setInput(input, true, true);
      return use.apply(reader);
    } catch (IIOException e) {
      throw malformed(name, "cannot be decoded: " + e.getMessage());
    } catch (PenstockException e) {
      throw e;
    } catch (RuntimeException e) {
      throw malformed(name, "cannot be decoded: " + e);
    } finally {
      reader.dispose();
    }
  }

  private static PixelForm form(String name, int height, int width, ImageTypeSpecifier type) {
    ColorModel colors = type.getColorModel();
    if (colors instanceof IndexColorModel palette) {
      int channels = palette.hasAlpha() ? 4 : grey(palette) ? 1 : 3;
      return new PixelForm(height, width, channels, DataType.UINT8);
    }
    int bits = colors.getComponentSize(0);
    if (bits > 16 || type.getNumBands() > 4) {
      throw new CorruptDataException(
          ErrorCode.UNSUPPORTED,
          name,
          type.getNumBands() + " channels of " + bits + " bits are not known as an image");
    }
    return new PixelForm(
        height, width, type.getNumBands(), bits > 8 ? DataType.UINT16 : DataType.UINT8);
  }

  private static boolean grey(IndexColorModel palette) {
    for (int i = 0; i < palette.getMapSize(); i++) {
      if (palette.getRed(i) != palette.getGreen(i) || palette.getRed(i) != palette.getBlue(i)) {
        return false;
      }
    }
    return true;
  }

  private static void copySamples(Raster raster, PixelForm form, MemorySegment target) {
    int rowValues = form.width() * form.channels();
    int[] row = new int[rowValues];
    long at = 0;
    for (int y = 0; y < form.height(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, form.width(), 1, row);
      for (int value : row) {
        put(target, at++, form.type(), value);
      }
    }
  }

  private static void copyIndexed(
      Raster raster, IndexColorModel palette, PixelForm form, MemorySegment target) {
    int[] row = new int[form.width()];
    long at = 0;
    for (int y = 0; y < form.height(); y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, form.width(), 1, 0, row);
      for (int index : row) {
        at = putColor(target, at, form, palette.getRGB(index));
      }
    }
  }

  /// Channels of fewer than eight bits, scaled to eight.
  private static void copyScaled(BufferedImage image, PixelForm form, MemorySegment target) {
    long at = 0;
    for (int y = 0; y < form.height(); y++) {
      for (int x = 0; x < form.width(); x++) {
        at = putColor(target, at, form, image.getRGB(x, y));
      }
    }
  }

  private static long putColor(MemorySegment target, long at, PixelForm form, int argb) {
    long next = at;
    put(target, next++, form.type(), argb >> 16);
    if (form.channels() >= 3) {
      put(target, next++, form.type(), argb >> 8);
      put(target, next++, form.type(), argb);
    }
    if (form.channels() == 4) {
      put(target, next++, form.type(), argb >> 24);
    }
    return next;
  }

  private static void put(MemorySegment target, long index, DataType type, int value) {
    if (type == DataType.UINT8) {
      target.set(ValueLayout.JAVA_BYTE, index, (byte) value);
    } else {
      target.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * index, (short) value);
    }
  }

  private static CorruptDataException malformed(String name, String detail) {
    return new CorruptDataException(ErrorCode.INPUT_MALFORMED, name, detail);
  }
}
