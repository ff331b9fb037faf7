package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands that read everything: verify, the benches, the demo.
class StreamCommandsTest {
  @TempDir Path folder;
  private String dataset = "";

  @BeforeEach
  void place() {
    dataset = folder.resolve("ds").toString();
  }

  private void convert() throws IOException {
    CommandRun.sound(
        "convert",
        "image=" + ConvertCommandTest.bundled("images-idx3-ubyte.gz", folder),
        "label=" + ConvertCommandTest.bundled("labels-idx1-ubyte.gz", folder),
        dataset,
        "--chunk-samples",
        "100");
  }

  private Path shard() throws IOException {
    try (var files = Files.walk(Path.of(dataset))) {
      return files
          .filter(file -> file.toString().contains("/image/c/") && Files.isRegularFile(file))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void verifyFindsNothing_whenNothingIsDamaged() throws IOException {
    convert();

    CommandRun run = CommandRun.of("verify", dataset, "--format", "json");

    assertThat(run.exitCode()).isZero();
    assertThat(run.object().keySet())
        .containsExactly("ok", "objects", "chunks", "bytes", "problems");
    assertThat(run.object()).containsEntry("ok", true).containsEntry("problems", List.of());
    assertThat((Long) run.object().get("chunks")).isEqualTo(9 + 1);
  }

  @Test
  void verifyNamesObjectTensorAndSamples_whenABitIsFlipped() throws IOException {
    convert();
    Path shard = shard();
    byte[] bytes = Files.readAllBytes(shard);
    bytes[100] ^= 4;
    Files.write(shard, bytes);

    CommandRun run = CommandRun.of("verify", dataset, "--format", "json");

    assertThat(run.exitCode()).isEqualTo(7);
    assertThat(run.object()).containsEntry("ok", false);
    assertThat(run.rows("problems"))
        .anySatisfy(problem -> {
          assertThat(problem.keySet())
              .containsExactly("code", "object", "tensor", "samples", "message");
          assertThat(problem)
              .containsEntry("code", "data-corrupt")
              .containsEntry("object", Path.of(dataset).relativize(shard).toString())
              .containsEntry("tensor", "image")
              .containsEntry("samples", List.of(0L, 100L));
        });
    CommandRun read = CommandRun.of("show", dataset + "#image[0:1]");
    assertThat(read.exitCode()).isEqualTo(7);
    assertThat(read.err()).contains("tensor image").contains("code: data-corrupt");
    CommandRun other = CommandRun.of("show", dataset + "#image[100:101]");
    assertThat(other.exitCode()).as("other samples stay readable").isZero();
  }

  @Test
  void verifyFindsWhatIsGone() throws IOException {
    convert();
    Files.delete(shard());

    CommandRun run = CommandRun.of("verify", dataset, "--format", "json");

    assertThat(run.exitCode()).isEqualTo(7);
    assertThat(run.rows("problems"))
        .extracting(problem -> problem.get("code"))
        .contains("data-missing");
  }

  @Test
  void benchReadHasTheMembersThatScriptsRelyOn() throws IOException {
    convert();

    CommandRun run =
        CommandRun.sound("bench", "read", dataset, "--batch", "256", "--format", "json");

    assertThat(run.object().keySet()).containsExactlyElementsOf(BenchLoadCommandTest.MEMBERS);
    assertThat(run.rows("epochs")).hasSize(2);
    Map<String, Object> epoch = run.rows("epochs").getLast();
    assertThat(epoch.keySet()).containsExactlyElementsOf(BenchLoadCommandTest.EPOCH_MEMBERS);
    assertThat(epoch)
        .containsEntry("epoch", 1L)
        .containsEntry("samples", 900L)
        .containsEntry("sampleIdSum", 900L * 899 / 2);
    assertThat((Long) run.object().get("peakPoolBytes"))
        .isPositive()
        .isLessThanOrEqualTo((Long) run.object().get("budgetBytes"));
  }

  @Test
  void benchWriteMakesAVersionForEachEpoch() {
    CommandRun run =
        CommandRun.sound(
            "bench",
            "write",
            dataset,
            "--samples",
            "50",
            "--shape",
            "32,32,3",
            "--epochs",
            "2",
            "--format",
            "json");

    assertThat(run.rows("epochs")).extracting(row -> row.get("samples")).containsExactly(50L, 50L);
    assertThat((Long) run.object().get("bytesPut"))
        .isGreaterThanOrEqualTo((Long) run.object().get("storedBytes"));
    assertThat(CommandRun.sound("log", dataset, "-q").lines())
        .containsExactly("main:2", "main:1", "main:0");
  }

  @Test
  void theDemoTellsItsStory() {
    CommandRun run = CommandRun.sound("demo", "--dir", dataset);

    assertThat(run.err())
        .contains("1. Convert", "2. Append", "3. Go back", "4. Stream", "all sound")
        .containsPattern("epoch 4: 1800 samples in [0-9.]+ ms")
        .containsPattern("how well mixed: [0-9.]+ %.*a full shuffle has [0-9.]+ %");
    assertThat(run.out()).contains("main:2").contains("1800");
    assertThat(CommandRun.sound("demo", "--dir", dataset + "2", "--format", "json").object())
        .containsEntry("samples", 1800L)
        .containsEntry("ok", true);
  }
}
