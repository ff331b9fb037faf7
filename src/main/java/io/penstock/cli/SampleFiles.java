package io.penstock.cli;

import io.penstock.Tensor;
import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import io.penstock.tensor.Shape;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// Writes each sample into a file of its own, named after its position: byte strings as they are,
/// all else as NPY.
final class SampleFiles {
  private final Tensor tensor;
  private final Path folder;

  SampleFiles(Tensor tensor, Path folder) {
    this.tensor = tensor;
    this.folder = folder;
  }

  void write(SampleReader reader, long from, long to) {
    reader.read(
        from,
        to,
        (first, shapes, elements) -> {
          long at = 0;
          for (int i = 0; i < shapes.length; i++) {
            long bytes = shapes[i].bytes(tensor.type());
            writeOne(first + i, shapes[i], elements.asSlice(at, bytes));
            at += bytes;
          }
        });
  }

  private void writeOne(long position, Shape shape, MemorySegment elements) {
    String suffix = suffix();
    Path file = folder.resolve(String.format(Locale.ROOT, "%08d.%s", position, suffix));
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      if (suffix.equals("npy")) {
        NpyFile.writeHeader(out, tensor.type(), shape);
      }
      NpyFile.writeElements(out, elements);
    } catch (IOException e) {
      throw new TransientException(
          ErrorCode.STORE_UNAVAILABLE, "cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private String suffix() {
    String mediaType = tensor.spec().mediaType().orElse("").split(";", -1)[0];
    return switch (mediaType) {
      case "" -> "npy";
      case "image/png" -> "png";
      case "image/jpeg" -> "jpg";
      case "image/gif" -> "gif";
      case "image/webp" -> "webp";
      case "image/tiff" -> "tiff";
      case "image/bmp" -> "bmp";
      case "text/plain" -> "txt";
      case "application/json" -> "json";
      default -> "bin";
    };
  }
}
