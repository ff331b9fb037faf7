package io.penstock.cli;

import io.penstock.Tensor;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/// Draws samples that are pixels, side by side in rows, into one PNG file.
final class PixelSheet {
  private static final long MOST_PIXELS = 64L << 20;

  private PixelSheet() {}

  static void write(Tensor tensor, SampleReader reader, long from, long to, Path file)
      throws IOException {
    Shape shape = tensor.sampleShape();
    long channels = shape.rank() == 3 ? shape.dimension(2) : 1;
    boolean pixels =
        tensor.type() == DataType.UINT8
            && !shape.ragged()
            && (shape.rank() == 2 || shape.rank() == 3)
            && (channels == 1 || channels == 3 || channels == 4);
    if (!pixels) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "tensor "
              + tensor.name()
              + " ("
              + tensor.type().zarrName()
              + shape
              + ") is no image: uint8 of height x width, or with 1, 3 or 4 channels, is needed");
    }
    long count = Math.max(1, to - from);
    long columns = (long) Math.ceil(Math.sqrt((double) count));
    long rows = Math.ceilDiv(count, columns);
    long height = Math.multiplyExact(rows, shape.dimension(0));
    long width = Math.multiplyExact(columns, shape.dimension(1));
    if (width == 0 || height == 0 || width > MOST_PIXELS / height) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          "a sheet of " + height + " x " + width + " pixels exceeds the limit of " + MOST_PIXELS);
    }
    BufferedImage sheet =
        new BufferedImage(
            (int) width,
            (int) height,
            channels == 4 ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
    reader.read(
        from,
        to,
        (first, shapes, elements) -> {
          for (int i = 0; i < shapes.length; i++) {
            long cell = first - from + i;
            int left = (int) (cell % columns * shape.dimension(1));
            int top = (int) (cell / columns * shape.dimension(0));
            draw(sheet, left, top, shape, channels, elements, i * shape.elements());
          }
        });
    ImageIO.write(sheet, "png", file.toFile());
  }

  private static void draw(
      BufferedImage sheet,
      int left,
      int top,
      Shape shape,
      long channels,
      MemorySegment elements,
      long first) {
    long at = first;
    for (int y = 0; y < shape.dimension(0); y++) {
      for (int x = 0; x < shape.dimension(1); x++) {
        int red = value(elements, at);
        int green = channels == 1 ? red : value(elements, at + 1);
        int blue = channels == 1 ? red : value(elements, at + 2);
        int alpha = channels == 4 ? value(elements, at + 3) : 255;
        sheet.setRGB(left + x, top + y, alpha << 24 | red << 16 | green << 8 | blue);
        at += channels;
      }
    }
  }

  private static int value(MemorySegment elements, long index) {
    return Byte.toUnsignedInt(elements.get(ValueLayout.JAVA_BYTE, index));
  }
}
