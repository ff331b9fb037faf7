package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testing.s3.S3Operation;
import io.penstock.testing.s3.S3Script;
import io.penstock.testing.s3.S3TestServer;
import io.penstock.testing.s3.WireFault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The commands on S3: converting, looking, and what failures of the store end in.
class S3CommandTest {
  private static final String DATASET = "s3://bucket/some/where";

  @TempDir Path folder;
  private final S3Commands commands = new S3Commands();
  private final S3TestServer server = commands.server();

  @BeforeEach
  void start() {
    System.setProperty("aws.accessKeyId", S3TestServer.ACCESS_KEY);
    System.setProperty("aws.secretAccessKey", S3TestServer.SECRET_KEY);
  }

  @AfterEach
  void stop() {
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
    commands.close();
  }

  private CommandRun run(String... args) {
    Map<String, String> environment = Map.of("AWS_SECRET_ACCESS_KEY", S3TestServer.SECRET_KEY);
    CommandRun run = commands.run(environment, args);
    assertThat(run.out() + run.err()).doesNotContain(S3TestServer.SECRET_KEY);
    return run;
  }

  private long chunksRead() {
    return server.trace().stream()
        .filter(line -> line.startsWith("GET") && line.contains("/image/c/"))
        .count();
  }

  private CommandRun convert() throws IOException {
    return run(
        "convert",
        "image=" + ConvertCommandTest.bundled("images-idx3-ubyte.gz", folder),
        "label=" + ConvertCommandTest.bundled("labels-idx1-ubyte.gz", folder),
        DATASET);
  }

  @Test
  void dataComeFromTheDisk_whenACommandWithTheSameCacheHasReadThem() throws IOException {
    convert();
    String[] show = {
      "show", DATASET + "#image[0:900]", "--cache", folder.resolve("cache").toString()
    };
    CommandRun first = run(show);
    long chunksRead = chunksRead();

    CommandRun second = run(show);

    assertThat(second.exitCode()).isZero();
    assertThat(second.out()).isEqualTo(first.out());
    assertThat(chunksRead).isPositive();
    assertThat(chunksRead()).isEqualTo(chunksRead);
  }

  @Test
  void aDatasetIsConvertedIntoS3AndReadBack() throws IOException {
    assertThat(convert().exitCode()).isZero();

    CommandRun show = run("show", DATASET + "#label[8:12]", "--format", "json");

    assertThat(show.rows("samples"))
        .extracting(row -> row.get("values"))
        .containsExactly(8L, 9L, 0L, 1L);
    assertThat(server.keys("bucket")).allMatch(key -> key.startsWith("some/where/"));
    assertThat(server.unfinishedUploads()).isZero();
  }

  @Test
  void anonymousRequestsAreNotSigned() throws IOException {
    assertThat(convert().exitCode()).isZero();
    server.allowAnonymous(true);

    assertThat(run("info", DATASET, "--anonymous", "-q").out()).isEqualTo("main:1\n");
  }

  @Test
  void doctorLooksAtCredentialsClockAndConditions() throws IOException {
    assertThat(convert().exitCode()).isZero();

    CommandRun doctor = run("doctor", DATASET, "--write", "--format", "json");

    assertThat(doctor.exitCode()).isZero();
    assertThat(doctor.rows())
        .extracting(row -> row.get("check"))
        .contains("credentials", "clock", "conditional-writes", "write-speed");
    assertThat(doctor.out()).contains("from Java system properties");
    assertThat(server.keys("bucket")).noneMatch(key -> key.contains("doctor"));
  }

  @ParameterizedTest
  @CsvSource({"403,AccessDenied,6,not-permitted", "503,SlowDown,5,store-unavailable"})
  void failuresOfTheStoreHaveExitCodesOfTheirOwn(int status, String answer, int exit, String code) {
    server.script((_, _) -> new WireFault.Refused(status, answer));

    CommandRun run = run("info", DATASET);

    assertThat(run.exitCode()).as(run.err()).isEqualTo(exit);
    assertThat(run.err()).contains("code: " + code).contains("next: ");
  }

  @Test
  void aStoreThatIgnoresConditionsIsRefused() throws IOException {
    server.script(S3Script.always(S3Operation.PUT, new WireFault.ConditionIgnored()));

    CommandRun run = convert();

    assertThat(run.exitCode()).as(run.err()).isEqualTo(11);
    assertThat(run.err()).contains("code: store-incapable").contains("--single-writer");
  }

  @Test
  void aBucketThatIsNotThereIsNotFound() {
    assertThat(run("info", "s3://nobucket/x").exitCode()).isEqualTo(3);
  }

  @Test
  void secretsInUrisAreRefusedAndNotRepeated() {
    CommandRun run = run("info", "s3://user:test-secret@bucket/x");

    assertThat(run.exitCode()).isEqualTo(2);
  }
}
