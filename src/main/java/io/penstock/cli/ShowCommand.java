package io.penstock.cli;

import io.penstock.Dataset;
import io.penstock.Tensor;
import io.penstock.Version;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/// Shows samples: values and statistics, or as files that others read.
@CommandLine.Command(
    name = "show",
    description = {
      "Show samples of a tensor: URI#TENSOR[FROM:TO].",
      "Prints values, statistics and a histogram; without a range, of the first samples."
    })
final class ShowCommand extends DatasetCommand {
  private static final long SAMPLES_BY_DEFAULT = 4;

  @Option(
      names = "--npy",
      paramLabel = "FILE",
      description = "Write the samples as NPY, - for standard output; ragged ones as JSON lines.")
  @Nullable String npy;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write a file for each sample into this folder.")
  @Nullable Path out;

  @Option(
      names = "--png",
      paramLabel = "FILE",
      description = "Write pixels (height x width, or with 1, 3 or 4 channels) as one sheet.")
  @Nullable Path png;

  @Option(
      names = "--values",
      paramLabel = "N",
      description = "Print at most so many values. Default: 4096.")
  long mostValues = 4096;

  @Override
  long reservedBytes() {
    return stores.memory / 2;
  }

  @Override
  int run(Dataset dataset) {
    Version version = dataset.version(uri.refOrLatest());
    Tensor tensor =
        version.tensor(
            uri.tensor()
                .orElseThrow(() ->
                    new RefusedException(
                        ErrorCode.INVALID_SYNTAX,
                        "name a tensor behind the URI, such as "
                            + uri.root()
                            + "#"
                            + version.record().schema().tensors().getFirst().name()
                            + "[0:4]")));
    DatasetUri.SampleRange fallback =
        new DatasetUri.SampleRange(
            Optional.of(0L), Optional.of(Math.min(SAMPLES_BY_DEFAULT, version.samples())));
    long[] range = uri.samples().orElse(fallback).within(version.samples());
    SampleReader reader = new SampleReader(tensor, reservedBytes());
    try {
      if (npy != null) {
        writeNpy(tensor, reader, range, npy);
      } else if (out != null) {
        Files.createDirectories(out);
        new SampleFiles(tensor, out).write(reader, range[0], range[1]);
      } else if (png != null) {
        PixelSheet.write(tensor, reader, range[0], range[1], png);
      } else {
        show(version, tensor, reader, range);
      }
    } catch (IOException e) {
      throw new TransientException(
          ErrorCode.STORE_UNAVAILABLE, "cannot write the samples: " + e, e);
    }
    return SUCCESS;
  }

  private void show(Version version, Tensor tensor, SampleReader reader, long[] range) {
    Statistics statistics = new Statistics(tensor.type());
    List<Object> samples = new ArrayList<>();
    long[] left = {mostValues};
    reader.read(
        range[0],
        range[1],
        (first, shapes, elements) -> {
          statistics.add(elements);
          long at = 0;
          for (int i = 0; i < shapes.length; i++) {
            long bytes = shapes[i].bytes(tensor.type());
            if (left[0] >= shapes[i].elements()) {
              MemorySegment sample = elements.asSlice(at, bytes);
              samples.add(sample(first + i, shapes[i], tensor, sample));
              left[0] -= Math.max(1, shapes[i].elements());
            }
            at += bytes;
          }
        });
    print(
        Document.object(
            new Document.Fields()
                .with("version", version.name())
                .with("tensor", tensor.name())
                .with("dtype", tensor.type().zarrName())
                .with("shape", tensor.sampleShape())
                .with("mediaType", tensor.spec().mediaType())
                .with("from", range[0])
                .with("to", range[1])
                .with("statistics", statistics.fields())
                .with("samples", samples),
            "samples",
            samples.stream().map(JsonPrinter::line).toList()));
    if (talkative() && samples.size() < range[1] - range[0]) {
      terminal()
          .say(
              "values of "
                  + samples.size()
                  + " of "
                  + (range[1] - range[0])
                  + " samples are printed; --values N prints more");
    }
  }

  private static Object sample(long position, Shape shape, Tensor tensor, MemorySegment elements) {
    Document.Fields fields = new Document.Fields().with("sample", position).with("shape", shape);
    boolean text = tensor.spec().mediaType().filter(type -> type.startsWith("text/")).isPresent();
    if (text) {
      byte[] bytes = elements.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
      return fields.with("text", new String(bytes, StandardCharsets.UTF_8)).map();
    }
    return fields.with("values", nested(elements, tensor.type(), shape, 0, 0)).map();
  }

  /// Elements as lists within lists, as their shape says.
  private static Object nested(
      MemorySegment elements, DataType type, Shape shape, int axis, long first) {
    if (axis == shape.rank()) {
      return Elements.value(elements, type, first);
    }
    long stride = shape.productFrom(axis + 1);
    List<Object> values = new ArrayList<>();
    for (long i = 0; i < shape.dimension(axis); i++) {
      values.add(nested(elements, type, shape, axis + 1, first + i * stride));
    }
    return values;
  }

  private void writeNpy(Tensor tensor, SampleReader reader, long[] range, String file)
      throws IOException {
    boolean ragged = tensor.sampleShape().ragged();
    try (OutputStream target = file.equals("-") ? uncloseable() : newFile(Path.of(file))) {
      if (!ragged) {
        NpyFile.writeHeader(
            target, tensor.type(), tensor.sampleShape().prepend(range[1] - range[0]));
      }
      reader.read(
          range[0],
          range[1],
          (first, shapes, elements) -> {
            try {
              if (ragged) {
                writeLines(target, first, shapes, tensor, elements);
              } else {
                NpyFile.writeElements(target, elements);
              }
            } catch (IOException e) {
              throw new TransientException(
                  ErrorCode.STORE_UNAVAILABLE, "cannot write " + file + ": " + e.getMessage(), e);
            }
          });
    }
  }

  private static void writeLines(
      OutputStream target, long first, Shape[] shapes, Tensor tensor, MemorySegment elements)
      throws IOException {
    long at = 0;
    for (int i = 0; i < shapes.length; i++) {
      long bytes = shapes[i].bytes(tensor.type());
      Object row = sample(first + i, shapes[i], tensor, elements.asSlice(at, bytes));
      target.write((JsonPrinter.line(row) + "\n").getBytes(StandardCharsets.UTF_8));
      at += bytes;
    }
  }

  private static OutputStream newFile(Path file) throws IOException {
    return new BufferedOutputStream(Files.newOutputStream(file));
  }

  private OutputStream uncloseable() {
    return new java.io.FilterOutputStream(terminal().out()) {
      @Override
      public void write(byte[] bytes, int from, int count) throws IOException {
        out.write(bytes, from, count);
      }

      @Override
      public void close() throws IOException {
        flush();
      }
    };
  }
}
