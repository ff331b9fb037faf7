package io.penstock.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.store.MemoryStore;
import io.penstock.store.ObjectInfo;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// A fragment whose every byte is known: files that zarr-python, zarrs and TensorStore read,
/// compared where none of them is at hand. After a change of the format that is meant, make them
/// anew with `-Dpenstock.golden.write=true` and look at what changed.
class GoldenFragmentTest {
  private static final Path FILES = Path.of("src/test/resources/fragments");
  private static final long SEED = 1;

  private static Schema schema() {
    List<TensorSpec> tensors = new ArrayList<>();
    for (DataType type : DataType.values()) {
      tensors.add(TensorSpec.of("fixed-" + type.zarrName(), type, Shape.of(2, 3)));
    }
    tensors.add(
        new TensorSpec(
            "text",
            DataType.UINT8,
            Shape.of(Shape.RAGGED),
            List.of("byte"),
            Optional.of("text/plain;charset=utf-8"),
            Optional.of("what is to be seen")));
    tensors.add(TensorSpec.of("boxes", DataType.FLOAT32, Shape.of(Shape.RAGGED, 4)));
    return new Schema(tensors);
  }

  private static WriteOptions options() {
    // Shards of one chunk have the shortest indexes.
    return new WriteOptions(OptionalLong.of(4), 1L << 16, 1, "zstd:3", Optional.empty());
  }

  private static Map<String, byte[]> written() {
    try (MemoryStore store = new MemoryStore(() -> Instant.EPOCH);
        WriterRig rig = new WriterRig(64L << 20, 2)) {
      TestSamples samples =
          TestSamples.random(schema(), 10, SEED, (random, _) -> random.nextInt(12));
      rig.write(store, samples, options(), 3);
      Map<String, byte[]> objects = new TreeMap<>();
      for (ObjectInfo info : store.list("", "", 1000).objects()) {
        byte[] content = store.get(info.key(), info.bytes()).orElseThrow().content();
        objects.put(info.key(), content);
      }
      return objects;
    }
  }

  @Test
  void everyObjectHasItsGoldenBytes() throws IOException {
    Path folder = FILES.resolve("zstd-3");
    Map<String, byte[]> objects = written();
    if (Boolean.getBoolean("penstock.golden.write")) {
      for (Map.Entry<String, byte[]> object : objects.entrySet()) {
        Path file = folder.resolve(object.getKey());
        Files.createDirectories(file.getParent());
        Files.write(file, object.getValue());
      }
    }
    assertThat(files(folder)).containsExactlyElementsOf(objects.keySet());
    for (Map.Entry<String, byte[]> object : objects.entrySet()) {
      assertThat(object.getValue())
          .as(object.getKey())
          .isEqualTo(Files.readAllBytes(folder.resolve(object.getKey())));
    }
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString().replace('\\', '/'))
          .sorted()
          .toList();
    }
  }
}
