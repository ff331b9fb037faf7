package io.penstock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Ragged samples of very different lengths go in and come out equal, within the memory that was
/// granted: a heap of 256 MiB, and a budget of 256 MiB beside it.
class RaggedSamplesIT {
  private static final int SAMPLES = 100_000;
  private static final long BUDGET_BYTES = 256L << 20;

  /// Heap and budget, the two buffers of the process itself, and what a JVM takes beside its heap.
  private static final long MOST_RESIDENT_BYTES = (256L + 256 + 136 + 200) << 20;

  @Test
  void samplesOfNothingToSixtyFourMebibytesComeBackEqual_withinTheBudget(@TempDir Path folder)
      throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                RaggedSamplesProcess.class.getName(),
                folder.resolve("dataset").toString(),
                Integer.toString(SAMPLES),
                Long.toString(BUDGET_BYTES))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("equal " + SAMPLES + " ");
    Optional<String> resident = output.lines().filter(line -> line.startsWith("VmHWM")).findFirst();
    long residentBytes = Long.parseLong(resident.orElseThrow().replaceAll("\\D", "")) * 1024;
    assertThat(residentBytes).isLessThan(MOST_RESIDENT_BYTES);
  }
}
