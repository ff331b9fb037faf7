package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.testing.Environment;
import io.penstock.testing.JsonTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The programs in `samples/`, run as a user runs them.
class SamplesRunTest {
  @TempDir private Path folder;

  @Test
  void theJavaProgramWritesAppendsAndReads() throws Exception {
    String output =
        run(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            "samples/WriteAppendRead.java",
            folder.resolve("weather").toString());

    assertThat(output)
        .contains("main:1 has 365 samples")
        .contains("main:2 has 730 samples")
        .contains("main:1 still has 365")
        .contains("note of day 500: day 500,")
        .contains("mean over 730 days:");
  }

  /// A tiny configuration: what the orders do to batches is exact, what is learnt is not looked at
  /// but for the worst order, after which a model knows the last class only.
  @Test
  void theConvergenceProgramComparesOrders() throws Exception {
    String output =
        run(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            "samples/ShuffleConvergence.java",
            "--task",
            "fashion",
            "--samples",
            "1440",
            "--seeds",
            "1",
            "--epochs",
            "1",
            "--format",
            "json");

    List<Map<String, Object>> results = JsonTree.rows(output);
    assertThat(results).hasSize(24);
    Map<String, Object> full = results.getFirst();
    Map<String, Object> lanes = at(results, "lanes", 0.0833);
    Map<String, Object> tumbling = at(results, "tumbling window", 0.0833);
    Map<String, Object> sequential = results.getLast();
    assertThat(full).containsEntry("order", "full shuffle");
    assertThat(number(full, "chiSquareBatch")).isBetween(0.8, 1.2);
    assertThat(number(lanes, "sameRunPairs")).isZero();
    assertThat(number(tumbling, "sameRunPairs")).isPositive();
    assertThat(number(sequential, "chiSquareBatch")).isGreaterThan(10);
    assertThat(sequential).containsEntry("constantRate", List.of(0.1));
    assertThat(number(at(results, "lanes, shuffled when written", 0.0083), "chiSquareBatch"))
        .isLessThan(number(at(results, "lanes", 0.0083), "chiSquareBatch"));
  }

  private static Map<String, Object> at(
      List<Map<String, Object>> results, String order, double memory) {
    return results.stream()
        .filter(result -> result.get("order").equals(order))
        .filter(result -> number(result, "memory") == memory)
        .findFirst()
        .orElseThrow();
  }

  private static double number(Map<String, Object> result, String member) {
    return ((Number) result.get(member)).doubleValue();
  }

  @Test
  void thePythonProgramReadsAVersionAcrossItsFragments() throws Exception {
    String python = Environment.python().toString();
    String place = folder.resolve("ds").toString();
    write(place);

    Map<String, Object> newest =
        JsonTree.object(run(python, "samples/read_version.py", place, "main", "grid", "130"));
    Map<String, Object> older =
        JsonTree.object(run(python, "samples/read_version.py", place, "main:1"));
    Map<String, Object> tagged =
        JsonTree.object(run(python, "samples/read_version.py", place, "gold", "word", "5"));
    Map<String, Object> word =
        JsonTree.object(run(python, "samples/read_version.py", place, "main", "word", "103"));

    assertThat(newest)
        .containsEntry("version", "main:2")
        .containsEntry("samples", 200L)
        .containsEntry("fragments", 2L)
        .containsEntry("tensors", List.of("grid", "word"))
        .containsEntry("values", List.of(List.of(130L, 131L), List.of(132L, 133L)));
    assertThat(older).containsEntry("version", "main:1").containsEntry("samples", 100L);
    assertThat(tagged)
        .containsEntry("version", "main:1")
        .containsEntry("values", letters("word 5"));
    assertThat(word).containsEntry("values", letters("word 103"));
  }

  private static void write(String place) {
    try (Penstock penstock = Penstock.create();
        Dataset dataset = penstock.create(place)) {
      for (int fragment = 0; fragment < 2; fragment++) {
        DatasetWriter.Builder builder = dataset.writer();
        if (fragment == 0) {
          builder.tensor("grid", DataType.INT32, Shape.of(2, 2)).text("word");
        }
        try (DatasetWriter writer = builder.open()) {
          for (int i = 100 * fragment; i < 100 * (fragment + 1); i++) {
            writer.append(
                Samples.one()
                    .with("grid", i, i + 1, i + 2, i + 3)
                    .withTexts("word", List.of("word " + i)));
          }
          writer.commit("fragment " + fragment);
        }
      }
      dataset.createTag("gold", Ref.version("main", 1));
    }
  }

  private static List<Long> letters(String text) {
    return text.chars().mapToObj(letter -> (long) letter).toList();
  }

  private static String run(String... command) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(command));
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
