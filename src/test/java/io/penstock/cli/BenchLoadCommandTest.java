package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/// `bench load`: the words that scripts rely on.
class BenchLoadCommandTest {
  static final List<String> MEMBERS =
      List.of(
          "cold",
          "openMillis",
          "firstBatchMillis",
          "epochs",
          "cpuSecondsPerDecodedGB",
          "requests",
          "bytesFetched",
          "bytesUsed",
          "mostInFlight",
          "budgetBytes",
          "peakPoolBytes",
          "peakRssBytes",
          "designEffect",
          "bottleneck",
          "evidence",
          "runCorrelation",
          "sameRunPairs",
          "sameRunPairsPromised",
          "requestMillisMedian",
          "requestMillisP99",
          "bytesFetchedTwice",
          "retries",
          "throttled",
          "stalled",
          "hedged",
          "hedgesWon",
          "stolen",
          "concurrencyReached",
          "waitMillisMedian",
          "turnMillis",
          "rssGrowthBytes",
          "rssGrowthAllowedBytes",
          "rssGrowthAllowed");
  static final List<String> EPOCH_MEMBERS =
      List.of(
          "epoch",
          "samples",
          "seconds",
          "samplesPerSecond",
          "decodedBytesPerSecond",
          "stallShare",
          "sampleIdSum");
  private static final long ID_SUM = 900L * 899 / 2;

  @TempDir Path folder;
  private String dataset = "";

  @BeforeEach
  void convert() throws IOException {
    dataset = folder.resolve("ds").toString();
    CommandRun.sound(
        "convert",
        "image=" + ConvertCommandTest.bundled("images-idx3-ubyte.gz", folder),
        "label=" + ConvertCommandTest.bundled("labels-idx1-ubyte.gz", folder),
        dataset,
        "--chunk-samples",
        "10");
  }

  private CommandRun load(String... more) {
    List<String> args =
        new ArrayList<>(List.of("bench", "load", dataset, "--batch", "48", "--format", "json"));
    args.addAll(List.of(more));
    return CommandRun.sound(args.toArray(String[]::new));
  }

  @Test
  void itHasTheMembersThatScriptsRelyOn() {
    CommandRun run = load("--order", "lanes", "--epochs", "3", "--seed", "7", "--warm-up", "1");

    assertThat(run.object().keySet()).containsExactlyElementsOf(MEMBERS);
    assertThat((Map<?, ?>) run.object().get("cold"))
        .extracting(Map::keySet)
        .asString()
        .isEqualTo("[openMillis, firstBatchMillis]");
    assertThat(run.rows("epochs"))
        .hasSize(3)
        .allSatisfy(epoch -> {
          assertThat(epoch.keySet()).containsExactlyElementsOf(EPOCH_MEMBERS);
          assertThat(epoch).containsEntry("samples", 900L).containsEntry("sampleIdSum", ID_SUM);
        });
    assertThat(run.rows("epochs"))
        .extracting(epoch -> epoch.get("epoch"))
        .containsExactly(1L, 2L, 3L);
    assertThat((Double) run.object().get("turnMillis")).isNotNegative();
    assertThat((Double) run.object().get("waitMillisMedian")).isNotNegative();
    assertThat((Long) run.object().get("bytesUsed"))
        .isPositive()
        .isLessThanOrEqualTo((Long) run.object().get("bytesFetched"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"lanes", "full", "runs", "sequential"})
  void everyOrderGivesEachSampleOnce(String order) {
    CommandRun run = load("--epochs", "1", "--order", order);

    assertThat(run.rows("epochs").getFirst())
        .containsEntry("samples", 900L)
        .containsEntry("sampleIdSum", ID_SUM);
    assertThat((Double) run.object().get("designEffect")).isPositive();
  }

  @Test
  void ranksShareAnEpoch() {
    long samples = 0;
    long ids = 0;
    for (int rank = 0; rank < 3; rank++) {
      CommandRun run = load("--epochs", "1", "--rank", "" + rank, "--world", "3");
      samples += (Long) run.rows("epochs").getFirst().get("samples");
      ids += (Long) run.rows("epochs").getFirst().get("sampleIdSum");
    }

    assertThat(samples).isEqualTo(900);
    assertThat(ids).isEqualTo(ID_SUM);
  }

  @Test
  void whatIsInTheWayIsNamed_withItsEvidence() {
    Map<String, Object> figures = load("--epochs", "1").object();

    assertThat(figures.get("bottleneck"))
        .isIn("NETWORK", "THROTTLED", "DECODE", "TRANSFORM", "CONSUMER", "MEMORY");
    assertThat(figures.get("evidence").toString()).startsWith("the consumer waited ");
  }

  @Test
  void mixingIsMeasuredAsItWasPromised() {
    Map<String, Object> figures = load("--epochs", "4", "--order", "sequential").object();

    // Chunks of 10 samples: of the 1128 pairs of a batch, 4 or 5 chunks have 45 each.
    assertThat((Double) figures.get("sameRunPairs")).isBetween(4 * 45 / 1128.0, 5 * 45 / 1128.0);
    assertThat((Double) figures.get("sameRunPairs"))
        .isCloseTo((Double) figures.get("sameRunPairsPromised"), withinPercentage(10));
    double correlation = (Double) figures.get("runCorrelation");
    double pairs = (Double) figures.get("sameRunPairs");
    assertThat(correlation).as("ten labels in turn, a chunk has one of each").isNegative();
    assertThat((Double) figures.get("designEffect"))
        .isCloseTo(1 + 47 * pairs * correlation, within(1e-9));
  }

  @Test
  void onlyTheTensorsThatAreNamedAreRead() {
    long all = (Long) load("--epochs", "1").object().get("bytesUsed");
    long labels = (Long) load("--epochs", "1", "--tensors", "label").object().get("bytesUsed");

    assertThat(labels).isLessThan(all / 4);
  }

  @Test
  void theConsumerTakesItsTime_whenAStepIsSaid() {
    Map<String, Object> epoch = load("--epochs", "1", "--step", "3ms").rows("epochs").getFirst();

    assertThat((Double) epoch.get("seconds")).isGreaterThan(19 * 0.003);
    assertThat((Double) epoch.get("stallShare")).isLessThan(1.0);
  }

  @Test
  void theCeilingIsMeasured_whenHeadroomIsAskedFor() {
    CommandRun run = load("--epochs", "1", "--headroom");

    assertThat(run.object()).containsKey("headroom");
    assertThat(((Map<?, ?>) run.object().get("headroom")).keySet())
        .asString()
        .isEqualTo("[samplesPerSecond, decodedBytesPerSecond, reachedShare]");
  }

  @Test
  void thePageIsCompleteInOneFile() throws IOException {
    Path page = folder.resolve("page.html");

    load("--headroom", "--html", page.toString());

    assertThat(Files.readString(page))
        .startsWith("<!DOCTYPE html>")
        .contains("<svg", "epoch 1", "batches from memory", "samplesPerSecond", "last 1", "</html>")
        .doesNotContain("http:", "https:", "<script", "src=", "<link", "url(");
  }

  @Test
  void timesHaveUnits() {
    Interval.Converter converter = new Interval.Converter();

    assertThat(converter.convert("5ms")).isEqualTo(Duration.ofMillis(5));
    assertThat(converter.convert("1.5 s")).isEqualTo(Duration.ofMillis(1500));
    assertThat(converter.convert("800us")).isEqualTo(Duration.ofNanos(800_000));
    assertThatThrownBy(() -> converter.convert("5")).isInstanceOf(TypeConversionException.class);
  }
}
