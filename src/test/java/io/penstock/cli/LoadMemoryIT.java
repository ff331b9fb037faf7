package io.penstock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.Dataset;
import io.penstock.DatasetWriter;
import io.penstock.Penstock;
import io.penstock.Samples;
import io.penstock.testing.JsonTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process that loads an epoch of ten times as many ragged bytes as its budget has grows by no
/// more than the budget, and what a JVM needs for any work; as `bench load` says of itself, in a
/// process of its own whose heap is resident from the start.
class LoadMemoryIT {
  private static final long MIB = 1L << 20;
  private static final long BUDGET_BYTES = 32 * MIB;
  private static final int SAMPLES = 30_000;
  private static final int MOST_BYTES = 24 << 10;
  private static final int AT_ONCE = 1_000;

  /// Returns how many bytes all samples have.
  private static long write(Path folder) {
    Random random = new Random(5);
    long bytes = 0;
    try (Penstock penstock = Penstock.builder().memory(256 * MIB).threads(2).build();
        Dataset dataset = penstock.create(folder.toString());
        DatasetWriter writer =
            dataset
                .writer()
                .bytes("sample", "application/octet-stream")
                .chunkBytes(64 << 10)
                .codec("none")
                .open()) {
      for (int from = 0; from < SAMPLES; from += AT_ONCE) {
        List<byte[]> some = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
          byte[] sample = new byte[random.nextInt(MOST_BYTES)];
          random.nextBytes(sample);
          bytes += sample.length;
          some.add(sample);
        }
        writer.append(Samples.of(AT_ONCE).withBytes("sample", some));
      }
      writer.commit("ragged");
    }
    return bytes;
  }

  private static Map<String, Object> loaded(Path folder) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xms128m",
                "-Xmx128m",
                "-XX:+AlwaysPreTouch",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "bench",
                "load",
                folder.toString(),
                "--batch",
                "32",
                "--order",
                "runs",
                "--epochs",
                "1",
                "--memory",
                "32MiB",
                "--threads",
                "2",
                "--format",
                "json")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return JsonTree.object(output);
  }

  @Test
  void growsByNoMoreThanTheBudget_overAnEpochOfTenTimesAsManyBytes(@TempDir Path temporary)
      throws Exception {
    Path folder = temporary.resolve("dataset");
    long bytes = write(folder);
    assertThat(bytes).isGreaterThan(10 * BUDGET_BYTES);

    Map<String, Object> result = loaded(folder);

    assertThat(result).containsEntry("budgetBytes", BUDGET_BYTES);
    assertThat((Long) result.get("bytesFetched")).isGreaterThanOrEqualTo(bytes);
    assertThat((Long) result.get("peakPoolBytes")).isLessThanOrEqualTo(BUDGET_BYTES);
    long connections = (Long) result.get("mostInFlight");
    assertThat((Long) result.get("rssGrowthBytes"))
        .isPositive()
        .isLessThanOrEqualTo(BUDGET_BYTES + 64 * MIB + connections * 320 * 1024);
    assertThat(result).containsEntry("rssGrowthAllowed", true);
  }
}
