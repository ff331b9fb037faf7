package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testing.JsonTree;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The commands that look at a dataset of two commits, and those that name its versions.
class DatasetCommandsTest {
  @TempDir static Path folder;
  private static String dataset = "";

  @BeforeAll
  static void convert() throws IOException {
    dataset = folder.resolve("ds").toString();
    String images = "image=" + ConvertCommandTest.bundled("images-idx3-ubyte.gz", folder);
    String labels = "label=" + ConvertCommandTest.bundled("labels-idx1-ubyte.gz", folder);
    CommandRun.sound("convert", images, labels, dataset, "-m", "first");
    CommandRun.sound(
        "convert", images, labels, dataset, "--append", "-m", "second, with \"quotes\"");
  }

  private static CommandRun json(String command, String... args) {
    String[] all = new String[args.length + 3];
    all[0] = command;
    System.arraycopy(args, 0, all, 1, args.length);
    all[args.length + 1] = "--format";
    all[args.length + 2] = "json";
    return CommandRun.sound(all);
  }

  @Test
  void infoHasTheMembersThatScriptsRelyOn() {
    Map<String, Object> info = json("info", dataset).object();

    assertThat(info.keySet())
        .containsExactly(
            "uri",
            "version",
            "branch",
            "commit",
            "time",
            "samples",
            "bytes",
            "digest",
            "fragments",
            "tensors");
    assertThat(info)
        .containsEntry("version", "main:2")
        .containsEntry("branch", "main")
        .containsEntry("samples", 1800L)
        .containsEntry("fragments", 2L);
    assertThat(Instant.parse((String) info.get("time"))).isNotNull();
    assertThat((String) info.get("commit")).matches("[0-9a-f]{32}");
    assertThat((String) info.get("digest")).matches("[0-9a-f]{64}");
    List<Map<String, Object>> tensors = json("info", dataset).rows("tensors");
    assertThat(tensors.getFirst().keySet())
        .containsExactly("name", "dtype", "shape", "ragged", "mediaType", "bytes");
    assertThat(tensors.getFirst())
        .containsEntry("name", "image")
        .containsEntry("dtype", "uint8")
        .containsEntry("shape", List.of(28L, 28L))
        .containsEntry("ragged", false)
        .containsEntry("mediaType", null);
  }

  @Test
  void infoPredictsHowBatchesMix_whenABatchIsGiven() {
    assertThat(json("info", dataset, "--batch", "50").object().get("mixing"))
        .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
        .containsEntry("batch", 50L)
        .containsEntry("order", "full")
        .containsEntry("lanes", 1L)
        .extractingByKey("labels", InstanceOfAssertFactories.list(Map.class))
        .singleElement()
        .satisfies(label -> {
          assertThat(label.get("tensor")).isEqualTo("label");
          // The ten classes take turns: more even than chance.
          assertThat((Double) label.get("correlation")).isBetween(-0.05, 0.0);
          assertThat(label.get("designEffect")).isEqualTo(1.0);
          assertThat(label.get("designEffectOf20")).isEqualTo(1.0);
          assertThat(label.get("lanesNeeded")).isEqualTo(1L);
        });
  }

  @Test
  void anOlderVersionIsStillThere() {
    assertThat(json("info", dataset + "@main:1").object())
        .containsEntry("version", "main:1")
        .containsEntry("samples", 900L);
  }

  @Test
  void logIsNewestFirst_withTheMembersThatScriptsRelyOn() {
    List<Map<String, Object>> log = json("log", dataset).rows();

    assertThat(log)
        .extracting(row -> row.get("version"))
        .containsExactly("main:2", "main:1", "main:0");
    assertThat(log.getFirst().keySet())
        .containsExactly(
            "version",
            "commit",
            "time",
            "author",
            "message",
            "operation",
            "samples",
            "added",
            "deleted",
            "bytes",
            "digest",
            "shuffle");
    assertThat(log.getFirst())
        .containsEntry("message", "second, with \"quotes\"")
        .containsEntry("operation", "append")
        .containsEntry("samples", 1800L)
        .containsEntry("added", 900L)
        .containsEntry("deleted", 0L);
    assertThat(json("log", dataset, "-n", "1").rows()).hasSize(1);
  }

  @Test
  void lsListsFragmentsArraysAndObjectsWithBytes() {
    CommandRun run = json("ls", dataset);
    long bytes = run.rows("objects").stream().mapToLong(row -> (Long) row.get("bytes")).sum();

    assertThat(run.rows("fragments")).hasSize(2);
    assertThat(run.rows("arrays"))
        .extracting(row -> row.get("tensor"))
        .containsExactly("image", "label", "image", "label");
    assertThat(bytes).isEqualTo(json("info", dataset).object().get("bytes"));
  }

  @Test
  void schemaListsTensors() {
    assertThat(json("schema", dataset).rows())
        .extracting(row -> row.get("name"))
        .containsExactly("image", "label");
  }

  @Test
  void showGivesValuesAndStatistics() {
    CommandRun run = json("show", dataset + "#label[8:12]");

    assertThat(run.rows("samples"))
        .extracting(row -> row.get("values"))
        .containsExactly(8L, 9L, 0L, 1L);
    assertThat(run.object().get("statistics"))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
        .containsEntry("min", 0.0)
        .containsEntry("max", 9.0)
        .containsEntry("mean", 4.5)
        .containsEntry("count", 4L);
  }

  @Test
  void showWritesPixelsAsOneSheet() throws IOException {
    Path sheet = folder.resolve("sheet.png");
    CommandRun.sound("show", dataset + "#image[0:5]", "--png", sheet.toString());

    BufferedImage image = ImageIO.read(sheet.toFile());
    byte[] pixels = ConvertCommandTest.elements(dataset + "#image[4]");
    assertThat(image.getWidth()).isEqualTo(3 * 28);
    assertThat(image.getHeight()).isEqualTo(2 * 28);
    assertThat(image.getRGB(28 + 14, 28 + 14) & 0xff)
        .isEqualTo(Byte.toUnsignedInt(pixels[14 * 28 + 14]));
  }

  @Test
  void showRefusesSamplesThatAreNotThere() {
    CommandRun run = CommandRun.of("show", dataset + "#label[1799:1801]");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("[1799:1801] are not within 0 to 1800");
  }

  @Test
  void csvQuotesWhatNeedsIt() {
    List<String> lines = CommandRun.sound("log", dataset, "--format", "csv").lines();

    assertThat(lines.getFirst()).startsWith("version,commit,time,author,message,");
    assertThat(lines.get(1)).contains("\"second, with \"\"quotes\"\"\"");
  }

  @Test
  void jsonlHasAValueOnEachLine() {
    List<String> lines = CommandRun.sound("info", dataset, "--format", "jsonl").lines();

    assertThat(lines).hasSize(2);
    assertThat(JsonTree.object(lines.getLast())).containsEntry("name", "label");
  }

  @Test
  void quietPrintsJustTheEssential() {
    assertThat(CommandRun.sound("info", dataset, "-q").out()).isEqualTo("main:2\n");
    assertThat(CommandRun.sound("schema", dataset, "-q").lines()).containsExactly("image", "label");
    assertThat(CommandRun.sound("log", dataset, "-q").lines())
        .containsExactly("main:2", "main:1", "main:0");
  }

  @Test
  void aTagKeepsItsVersion_andGoesAwayOnlyWithApply() {
    CommandRun.sound("tag", dataset + "@main:1", "gold");

    assertThat(json("info", dataset + "@gold").object()).containsEntry("samples", 900L);
    assertThat(json("tag", dataset).rows().getFirst())
        .containsEntry("tag", "gold")
        .containsEntry("version", "main:1");
    assertThat(CommandRun.of("tag", dataset + "@main:2", "gold").exitCode()).isEqualTo(4);

    CommandRun dry = CommandRun.sound("tag", dataset, "gold", "--delete");
    assertThat(dry.err()).contains("--apply does it");
    assertThat(json("tag", dataset).rows()).hasSize(1);
    CommandRun.sound("tag", dataset, "gold", "--delete", "--apply");
    assertThat(json("tag", dataset).rows()).isEmpty();
    assertThat(CommandRun.of("info", dataset + "@gold").exitCode()).isEqualTo(3);
  }

  @Test
  void aBranchTakesCommitsOfItsOwn() {
    CommandRun.sound("branch", dataset + "@main:1", "trial");
    CommandRun.sound(
        "convert",
        "image=" + folder.resolve("images-idx3-ubyte.gz"),
        "label=" + folder.resolve("labels-idx1-ubyte.gz"),
        dataset + "@trial",
        "--append");

    assertThat(json("info", dataset + "@trial").object())
        .containsEntry("branch", "trial")
        .containsEntry("samples", 1800L);
    assertThat(json("branch", dataset).rows())
        .extracting(row -> row.get("branch"))
        .contains("main", "trial");
    CommandRun.sound("branch", dataset, "trial", "--delete", "--apply");
    assertThat(CommandRun.of("info", dataset + "@trial").exitCode()).isEqualTo(3);
  }

  @Test
  void doctorFindsTheMachineSound_andWritesNothingUnlessAsked() throws IOException {
    List<Map<String, Object>> rows = json("doctor", dataset).rows();

    assertThat(rows)
        .extracting(row -> row.get("check"))
        .contains("java", "object-headers", "memory-budget", "zstd", "access", "read-speed")
        .doesNotContain("write-speed", "credentials");
    assertThat(json("doctor", dataset, "--write").rows())
        .filteredOn(row -> row.get("check").equals("conditional-writes"))
        .singleElement()
        .extracting(row -> row.get("value"))
        .isEqualTo("hold");
    Path traces = Path.of(dataset, "__penstock", "doctor");
    if (Files.exists(traces)) {
      try (var left = Files.walk(traces)) {
        assertThat(left.filter(Files::isRegularFile)).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2|invalid-argument|info",
        "2|invalid-argument|frobnicate",
        "2|invalid-argument|info DS --no-such-option",
        "2|invalid-argument|info DS@main:x",
        "2|invalid-argument|info ftp://host/ds",
        "2|invalid-argument|info DS#image",
        "2|invalid-argument|convert only-one",
        "2|invalid-argument|bench read DS --epochs 0",
        "2|invalid-argument|verify DS --sample 200%",
        "3|dataset-not-found|info DS/nothing",
        "3|version-not-found|info DS@main:99",
        "3|version-not-found|info DS@nobody",
        "3|tensor-not-found|show DS#nothing[0:1]",
        "3|object-not-found|convert no-such-file.npy DS2",
        "4|name-exists|tag DS@main:1 main",
        "7|unsupported|convert LICENSE DS2",
      })
  void exitCodesAndCodesAreStable(int exit, String code, String line) {
    String[] args = line.replace("DS2", dataset + "2").replace("DS", dataset).split(" ");

    CommandRun run = CommandRun.of(args);

    assertThat(run.exitCode()).as(run.err()).isEqualTo(exit);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("next: ").containsAnyOf("code: " + code, "code: invalid-syntax");
    assertThat(run.err()).doesNotContain("\tat ");
  }

  @Test
  void aStackTraceComesOnlyWithDebug() {
    assertThat(CommandRun.of("info", dataset + "@nobody", "--debug").err()).contains("\tat ");
  }

  @Test
  void helpVersionAndCompletionArePrinted() {
    assertThat(CommandRun.sound("--help").out()).contains("convert").contains("doctor");
    assertThat(CommandRun.sound("help", "convert").out()).contains("--chunk-samples");
    assertThat(CommandRun.sound("version", "--format", "json").object()).containsKey("java");
    assertThat(CommandRun.sound("--version").out()).startsWith("penstock ");
    assertThat(CommandRun.sound("completion").out()).contains("_complete_penstock");
  }
}
