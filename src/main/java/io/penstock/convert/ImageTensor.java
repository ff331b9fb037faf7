package io.penstock.convert;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.format.TensorSpec;
import io.penstock.image.ImagePixels;
import io.penstock.image.PixelForm;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/// How image files become samples. First every file is shown to [#look]; then [#spec] stands, and
/// [#shape] and [#read] serve one file after the other.
sealed interface ImageTensor {
  /// Takes a file's kind into account, from its head alone.
  void look(Path file);

  /// The tensor that holds all files seen.
  TensorSpec spec(String name);

  /// The shape of one sample.
  Shape shape(Path file);

  /// Reads one sample into memory of exactly its size.
  void read(Path file, Shape shape, MemorySegment target);

  /// The bytes of the files as they are, with the media type that all of them have.
  final class Encoded implements ImageTensor {
    private final Set<String> mediaTypes = new HashSet<>();

    @Override
    public void look(Path file) {
      byte[] head = InputFiles.head(file, MediaTypes.HEAD_BYTES);
      mediaTypes.add(
          MediaTypes.ofImage(head)
              .orElseThrow(() ->
                  ImageFolder.malformed(
                      file, "is no image that is known: png, jpeg, gif, webp, tiff, bmp are")));
    }

    @Override
    public TensorSpec spec(String name) {
      Optional<String> mediaType =
          mediaTypes.size() == 1 ? mediaTypes.stream().findFirst() : Optional.empty();
      return new TensorSpec(
          name, DataType.UINT8, Shape.of(Shape.RAGGED), List.of(), mediaType, Optional.empty());
    }

    @Override
    public Shape shape(Path file) {
      return Shape.of(InputFiles.length(file));
    }

    @Override
    public void read(Path file, Shape shape, MemorySegment target) {
      ByteBuffer buffer = target.asByteBuffer();
      try (SeekableByteChannel channel = Files.newByteChannel(file)) {
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
          // a channel may give less than there is room for
        }
        if (buffer.hasRemaining() || channel.size() != target.byteSize()) {
          throw ImageFolder.malformed(
              file, "changed its length from " + target.byteSize() + " to " + channel.size());
        }
      } catch (IOException e) {
        throw InputFiles.unreadable(file.toString(), e);
      }
    }
  }

  /// Pixels: of one fixed shape if all images have it, else ragged.
  final class Decoded implements ImageTensor {
    private @Nullable Path firstFile;
    private @Nullable PixelForm first;
    private boolean oneShape = true;
    private boolean oneDepth = true;

    @Override
    public void look(Path file) {
      PixelForm form = form(file);
      PixelForm other = first;
      if (other == null) {
        first = form;
        firstFile = file;
        return;
      }
      if (other.type() != form.type()) {
        throw new CorruptDataException(
            ErrorCode.UNSUPPORTED,
            file.toString(),
            "has pixels of type "
                + form.type().zarrName()
                + ", those of "
                + firstFile
                + " are "
                + other.type().zarrName()
                + "; one tensor has one type");
      }
      oneShape &= other.height() == form.height() && other.width() == form.width();
      oneDepth &= other.channels() == form.channels();
    }

    @Override
    public TensorSpec spec(String name) {
      PixelForm form = first;
      if (form == null) {
        throw new IllegalStateException("no image was looked at");
      }
      long height = oneShape ? form.height() : Shape.RAGGED;
      long width = oneShape ? form.width() : Shape.RAGGED;
      long channels = oneDepth ? form.channels() : Shape.RAGGED;
      boolean plain = channels == 1;
      return new TensorSpec(
          name,
          form.type(),
          plain ? Shape.of(height, width) : Shape.of(height, width, channels),
          plain ? List.of("height", "width") : List.of("height", "width", "channel"),
          Optional.empty(),
          Optional.empty());
    }

    @Override
    public Shape shape(Path file) {
      PixelForm form = form(file);
      return oneDepth && form.channels() == 1
          ? Shape.of(form.height(), form.width())
          : Shape.of(form.height(), form.width(), form.channels());
    }

    @Override
    public void read(Path file, Shape shape, MemorySegment target) {
      read(
          file,
          input ->
              ImagePixels.decode(
                  file.toString(),
                  input,
                  form -> {
                    if (form.bytes() != target.byteSize()) {
                      throw ImageFolder.malformed(file, "changed while it was read");
                    }
                    return target;
                  }));
    }

    private interface Use {
      PixelForm apply(ImageInputStream input) throws IOException;
    }

    private static PixelForm form(Path file) {
      return read(file, input -> ImagePixels.form(file.toString(), input));
    }

    private static PixelForm read(Path file, Use use) {
      try (InputStream stream = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
          ImageInputStream input = new MemoryCacheImageInputStream(stream)) {
        return use.apply(input);
      } catch (IOException e) {
        throw InputFiles.unreadable(file.toString(), e);
      }
    }
  }
}
