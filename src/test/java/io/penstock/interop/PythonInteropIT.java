package io.penstock.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.store.LocalStore;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.testing.Environment;
import io.penstock.write.TestFragment;
import io.penstock.write.WriteOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// zarr-python, zarrs and TensorStore open our fragments as they lie, without a warning, and find
/// the values that were written.
class PythonInteropIT {
  private static final Path SCRIPT = Path.of("src/test/python/read_fragment.py");
  private static final long SEED = 2026;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "zarr, none",
    "zarr, zstd:3",
    "zarr, gzip:6",
    "zarrs, zstd:3",
    "zarrs, gzip:6",
    "tensorstore, none",
    "tensorstore, zstd:3",
    "tensorstore, gzip:6"
  })
  void everyTypeReadsTheSame_whenItIsFixedOrRagged(String reader, String codec) throws Exception {
    List<TensorSpec> tensors = new ArrayList<>();
    for (DataType type : DataType.values()) {
      if (type != DataType.BFLOAT16) {
        tensors.add(TensorSpec.of("fixed-" + type.zarrName(), type, Shape.of(3, 5)));
        tensors.add(TensorSpec.of("ragged-" + type.zarrName(), type, Shape.of(Shape.RAGGED, 2)));
      }
    }
    tensors.add(TensorSpec.of("scalar", DataType.INT64, Shape.SCALAR));
    checkRead(reader, new Schema(tensors), options(16, 1L << 16, codec), 777);
  }

  @ParameterizedTest
  @CsvSource({"zarr", "zarrs", "tensorstore"})
  void chunksAtEdgesReadTheSame_whenSamplesAreCutOnTheirOwnAxes(String reader) throws Exception {
    Schema schema =
        new Schema(List.of(TensorSpec.of("volume", DataType.FLOAT32, Shape.of(5, 1050, 1001))));
    WriteOptions options =
        new WriteOptions(OptionalLong.empty(), 1L << 20, 4L << 20, "zstd:1", Optional.empty());
    checkRead(reader, schema, options, 2);
  }

  @ParameterizedTest
  @CsvSource({"tensorstore"})
  void bfloat16ReadsTheSame_whereItIsKnown(String reader) throws Exception {
    Schema schema =
        new Schema(
            List.of(
                TensorSpec.of("b", DataType.BFLOAT16, Shape.of(7)),
                TensorSpec.of("r", DataType.BFLOAT16, Shape.of(Shape.RAGGED))));
    checkRead(reader, schema, options(8, 1L << 16, "auto"), 300);
  }

  private static WriteOptions options(long chunkSamples, long shardBytes, String codec) {
    return new WriteOptions(
        OptionalLong.of(chunkSamples), 1L << 16, shardBytes, codec, Optional.empty());
  }

  private void checkRead(String reader, Schema schema, WriteOptions options, int samples)
      throws IOException, InterruptedException {
    Path python = Environment.python();
    Path expected = Files.createDirectory(folder.resolve("expected"));
    Path dataset = folder.resolve("dataset");
    try (LocalStore store = new LocalStore(dataset, Runnable::run)) {
      TestFragment.write(store, "fragment", schema, options, samples, SEED, expected);
    }
    Path log = folder.resolve("log");
    List<String> command =
        List.of(
            python.toString(),
            "-W",
            "error",
            SCRIPT.toString(),
            reader,
            dataset.resolve("fragment").toString(),
            expected.toString());
    int status =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    String output = Files.readString(log, StandardCharsets.UTF_8);
    assertThat(status).as(output).isZero();
    assertThat(Arrays.stream(output.split("\n")).filter(line -> line.contains(" equal, ")))
        .as(output)
        .hasSize(schema.tensors().size());
  }
}
