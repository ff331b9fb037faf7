package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.Penstock;
import io.penstock.testing.Environment;
import io.penstock.testing.s3.S3Operation;
import io.penstock.testing.s3.S3Script;
import io.penstock.testing.s3.S3TestServer;
import io.penstock.testing.s3.WireFault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `bench get`: the words that scripts rely on, and the requests that it makes.
class BenchGetCommandTest {
  private static final List<String> MEMBERS =
      List.of(
          "uri",
          "endpoint",
          "transport",
          "objects",
          "rangeBytes",
          "concurrency",
          "requests",
          "seconds",
          "bytesFetched",
          "bytesPerSecond",
          "requestsPerSecond",
          "cpuSecondsPerGB",
          "cpuMicrosPerRequest",
          "heapBytesPerGB",
          "collections",
          "requestMillisMedian",
          "requestMillisP99",
          "retries",
          "throttled",
          "stalled",
          "hedged",
          "hedgesWon",
          "stolen",
          "concurrencyReached",
          "peakRssBytes");

  @TempDir Path folder;
  private final S3Commands commands = new S3Commands();
  private final S3TestServer server = commands.server();

  @BeforeEach
  void start() {
    server.allowAnonymous(true);
  }

  @AfterEach
  void stop() {
    commands.close();
  }

  private CommandRun run(String... args) {
    List<String> all =
        new ArrayList<>(
            List.of("bench", "get", "s3://bucket/some", "--anonymous", "--format", "json"));
    all.addAll(List.of(args));
    return commands.run(Map.of(), all.toArray(String[]::new));
  }

  @Test
  void objectIsMadeAndReadAndDeleted_whenASizeIsSaid() {
    CommandRun run =
        run("--size", "100KiB", "--range", "1KiB", "--requests", "40", "--warm-up", "5");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.object().keySet()).containsExactlyElementsOf(MEMBERS);
    assertThat(run.object())
        .containsEntry("objects", 1L)
        .containsEntry("rangeBytes", 1024L)
        .containsEntry("requests", 40L)
        .containsEntry("bytesFetched", 40L << 10)
        .containsEntry("retries", 0L);
    assertThat(server.requests(S3Operation.GET)).isEqualTo(45);
    assertThat(server.keys("bucket")).isEmpty();
  }

  @Test
  void objectsThatAreThereAreRead_ifTheyHaveARangeOfThatLength() {
    server.put("bucket", "some/short", new byte[99]);
    server.put("bucket", "some/long", new byte[100]);
    server.put("bucket", "some/longer", new byte[1_000]);
    server.put("bucket", "other/long", new byte[1_000]);
    server.script(S3Script.first(S3Operation.GET, new WireFault.CutBody(10)));

    CommandRun run =
        run("--range", "100", "--requests", "64", "--warm-up", "0", "--concurrency", "1");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.object()).containsEntry("objects", 2L).containsEntry("retries", 1L);
    assertThat(server.requests(S3Operation.GET)).isEqualTo(65);
    assertThat(server.trace())
        .filteredOn(line -> line.startsWith("GET"))
        .allMatch(line -> line.contains("some/long"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nio", "netty", "io_uring"})
  void rangesComeOverTheTransportThatIsAskedFor(String transport) {
    Assumptions.assumeTrue(
        !transport.equals("io_uring") || Environment.hasIoUring(Penstock.s3IoUringObstacle()));
    CommandRun run =
        run("--size", "100KiB", "--range", "1KiB", "--requests", "40", "--transport", transport);

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.object()).containsEntry("transport", transport).containsEntry("requests", 40L);
    assertThat((Long) run.object().get("concurrencyReached")).isBetween(16L, 128L);
    assertThat(run("--transport", "pigeon").exitCode()).isEqualTo(2);
  }

  @Test
  void commandFails_whenNoObjectIsLongEnough_orNumbersDoNotFit() {
    assertThat(run().exitCode()).isEqualTo(3);
    assertThat(run("--size", "10", "--range", "11").exitCode()).isEqualTo(2);
    assertThat(run("--size", "1GiB", "--range", "64MiB").err()).contains("memory budget");
    assertThat(server.requests(S3Operation.PUT)).isZero();
  }

  @Test
  void filesAreReadToo() throws Exception {
    Files.write(folder.resolve("object"), new byte[10_000]);

    CommandRun run =
        CommandRun.sound(
            "bench", "get", folder.toString(), "--range", "1KiB", "--requests", "20", "-q");

    assertThat(run.lines()).hasSize(1);
    assertThat(run.lines().getFirst())
        .matches("[0-9.]+ GB/s, [0-9.]+ CPU s/GB, [0-9.]+ us a request");
  }

  @Test
  void waysToReadAreComparedInTurn_eachInAProcessOfItsOwn() throws Exception {
    server.put("bucket", "some/object", new byte[100_000]);
    Path page = folder.resolve("page.html");

    CommandRun run =
        run(
            "--against",
            "raw,http,sdk-apache",
            "--range",
            "1KiB",
            "--concurrency",
            "2",
            "--requests",
            "20",
            "--warm-up",
            "1",
            "--rounds",
            "2",
            "--crc32c",
            "--html",
            page.toString());

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.rows("contenders"))
        .extracting(row -> row.get("contender"))
        .containsExactly("penstock", "raw", "http", "sdk-apache");
    assertThat(run.rows("contenders").getFirst())
        .containsEntry("rateRatio", 1.0)
        .containsEntry("cpuRatioMost", 1.0);
    assertThat(run.rows("measured"))
        .extracting(row -> row.get("round") + " " + row.get("contender"))
        .containsExactlyInAnyOrder(
            "1 penstock",
            "2 penstock",
            "1 raw",
            "2 raw",
            "1 http",
            "2 http",
            "1 sdk-apache",
            "2 sdk-apache");
    // Of each: 50 short and 1 to warm up, 1 whose sum is compared, and twice 4 for the connections
    // and 20.
    assertThat(server.requests(S3Operation.GET)).isEqualTo(4 * (50 + 1 + 1 + 2 * (4 + 20)));
    assertThat(Files.readString(page)).contains("CPU seconds for each GB").contains("sdk-apache");
  }

  @Test
  void comparisonIsRefused_whenAContenderCannotReadThere() {
    server.put("bucket", "some/object", new byte[100]);
    String nowhere = folder.resolve("nowhere").toString();

    assertThat(run("--against", "crt", "--range", "1", "--baselines", nowhere).err())
        .contains("crt needs libraries that are not in " + nowhere)
        .contains("mvn -f docs/benchmarks/baselines package");
    assertThat(run("--against", "pigeon").err()).contains("is not one of penstock, raw, http");
    assertThat(run("--against", "http", "--range", "1", "--rounds", "0").exitCode()).isEqualTo(2);
    assertThat(CommandRun.of("bench", "get", "s3://bucket/some", "--against", "crt").err())
        .contains("--endpoint");
    assertThat(commands.run(Map.of(), "bench", "get", "s3://bucket/some", "--against", "raw").err())
        .contains("raw sends unsigned requests only");
    assertThat(run("--against", "sdk-apache").err()) // no object has a range of that length
        .contains("no object below s3://bucket/some/");
  }

  @Test
  void contenderThatFailsSaysWhy_andEndsTheComparison() {
    server.put("bucket", "some/object", new byte[100]);
    server.script(S3Script.always(S3Operation.GET, new WireFault.Refused(403, "AccessDenied")));

    CommandRun run = run("--against", "raw", "--range", "1", "--warm-up", "0");

    assertThat(run.exitCode()).isNotZero();
    assertThat(run.err()).contains("the process of penstock ended");
  }

  @Test
  void librariesToCompareWithAreOfTheSdkThatPenstockHas() throws Exception {
    Pattern version = Pattern.compile("<awssdk.version>([^<]+)<");
    List<String> versions = new ArrayList<>();
    for (String pom : List.of("pom.xml", "docs/benchmarks/baselines/pom.xml")) {
      Matcher matcher = version.matcher(Files.readString(Path.of(pom)));
      assertThat(matcher.find()).as(pom).isTrue();
      versions.add(matcher.group(1));
    }
    assertThat(versions.getFirst()).isEqualTo(versions.getLast());
  }
}
