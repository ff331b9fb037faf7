package io.penstock.convert;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.tensor.DataType;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// Pixels of image files, by the readers of the JDK: row by row, channels last, in the values of
/// the file. Palettes are resolved; a palette of greys counts as grey.
final class ImagePixels {
  /// The most bytes that the pixels of one image may have.
  static final long MAX_IMAGE_BYTES = 256L << 20;

  /// What one image's pixels look like.
  ///
  /// @param height in pixels
  /// @param width in pixels
  /// @param channels 1 grey, 2 grey and alpha, 3 red green blue, 4 the same and alpha
  /// @param type uint8, or uint16 for deeper images
  record Form(int height, int width, int channels, DataType type) {
    long bytes() {
      return (long) height * width * channels * type.byteCount();
    }
  }

  private interface Use<T> {
    T apply(ImageReader reader) throws IOException;
  }

  private ImagePixels() {}

  /// The form of an image by its header, without decoding it.
  static Form form(Path file) {
    return read(
        file,
        reader -> {
          Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
          if (!types.hasNext()) {
            throw new IOException("it has no pixel type that the JDK knows");
          }
          Form form = form(file, reader.getHeight(0), reader.getWidth(0), types.next());
          if (form.bytes() > MAX_IMAGE_BYTES) {
            throw malformed(
                file,
                form.height()
                    + " x "
                    + form.width()
                    + " pixels are "
                    + form.bytes()
                    + " bytes, the limit is "
                    + MAX_IMAGE_BYTES);
          }
          return form;
        });
  }

  /// Decodes an image of a known form into memory of exactly its size.
  static void decode(Path file, Form expected, MemorySegment target) {
    BufferedImage image = read(file, reader -> decoded(file, reader));
    Form found = form(file, image.getHeight(), image.getWidth(), new ImageTypeSpecifier(image));
    if (!found.equals(expected)) {
      throw malformed(file, "decodes to " + found + ", its header says " + expected);
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

  private static BufferedImage decoded(Path file, ImageReader reader) throws IOException {
    AtomicReference<String> cut = new AtomicReference<>();
    reader.addIIOReadWarningListener((_, warning) -> {
      if (warning.startsWith("Premature end")) {
        cut.set(warning);
      }
    });
    BufferedImage image = reader.read(0);
    if (cut.get() != null) {
      throw malformed(file, "ends early: " + cut.get());
    }
    return image;
  }

  private static <T> T read(Path file, Use<T> use) {
    try (InputStream stream = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        MemoryCacheImageInputStream input = new MemoryCacheImageInputStream(stream)) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(input);
      if (!readers.hasNext()) {
        throw new CorruptDataException(
            ErrorCode.UNSUPPORTED, file.toString(), "no image reader of the JDK knows this format");
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(input, true, true);
        return use.apply(reader);
      } finally {
        reader.dispose();
      }
    } catch (javax.imageio.IIOException e) {
      throw malformed(file, "cannot be decoded: " + e.getMessage());
    } catch (IOException e) {
      throw InputFiles.unreadable(file.toString(), e);
    } catch (io.penstock.error.PenstockException e) {
      throw e;
    } catch (RuntimeException e) {
      throw malformed(file, "cannot be decoded: " + e);
    }
  }

  private static Form form(Path file, int height, int width, ImageTypeSpecifier type) {
    ColorModel colors = type.getColorModel();
    if (colors instanceof IndexColorModel palette) {
      int channels = palette.hasAlpha() ? 4 : grey(palette) ? 1 : 3;
      return new Form(height, width, channels, DataType.UINT8);
    }
    int bits = colors.getComponentSize(0);
    if (bits > 16 || type.getNumBands() > 4) {
      throw new CorruptDataException(
          ErrorCode.UNSUPPORTED,
          file.toString(),
          type.getNumBands() + " channels of " + bits + " bits are not known as an image");
    }
    return new Form(height, width, type.getNumBands(), bits > 8 ? DataType.UINT16 : DataType.UINT8);
  }

  private static boolean grey(IndexColorModel palette) {
    for (int i = 0; i < palette.getMapSize(); i++) {
      if (palette.getRed(i) != palette.getGreen(i) || palette.getRed(i) != palette.getBlue(i)) {
        return false;
      }
    }
    return true;
  }

  private static void copySamples(Raster raster, Form form, MemorySegment target) {
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
      Raster raster, IndexColorModel palette, Form form, MemorySegment target) {
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
  private static void copyScaled(BufferedImage image, Form form, MemorySegment target) {
    long at = 0;
    for (int y = 0; y < form.height(); y++) {
      for (int x = 0; x < form.width(); x++) {
        at = putColor(target, at, form, image.getRGB(x, y));
      }
    }
  }

  private static long putColor(MemorySegment target, long at, Form form, int argb) {
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

  private static CorruptDataException malformed(Path file, String detail) {
    return new CorruptDataException(ErrorCode.INPUT_MALFORMED, file.toString(), detail);
  }
}
