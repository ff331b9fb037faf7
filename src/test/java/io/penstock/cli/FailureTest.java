package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FailureTest {
  @Test
  void theHandbookHasARowForEveryCode_withItsExitCode() throws IOException {
    List<String> handbook = Files.readAllLines(Path.of("docs/failures.md"));

    for (ErrorCode code : ErrorCode.values()) {
      assertThat(handbook)
          .as(code.id())
          .anyMatch(line -> line.startsWith("| `" + code.id() + "` | " + code.exitCode() + " |"));
    }
  }

  @Test
  void everyCodeHasAdvice_andAnExitCodeOfTheContract() {
    for (ErrorCode code : ErrorCode.values()) {
      assertThat(Advice.next(code)).isNotBlank();
      assertThat(Set.of(1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 130)).contains(code.exitCode());
    }
  }

  @Test
  void secretsAreTakenOutOfText() {
    Map<String, String> environment =
        Map.of("AWS_SECRET_ACCESS_KEY", "test-secret", "AWS_SESSION_TOKEN", "test-token");

    assertThat(
            Redaction.of(
                "GET https://me:pass@host/x?X-Amz-Signature=abc&X-Amz-Credential=cd&a=1 test-secret"
                    + " test-token",
                environment))
        .isEqualTo("GET https://***@host/x?X-Amz-Signature=***&X-Amz-Credential=***&a=1 *** ***");
  }

  @Test
  void progressSaysSamplesBytesRateAndTimeLeft() {
    assertThat(Progress.line(250, 50 << 20, java.util.OptionalLong.of(1000), 10))
        .isEqualTo("250 of 1000 samples, 50.0 MiB, 5.00 MiB/s, 0:30 left");
    assertThat(Progress.line(250, 50 << 20, java.util.OptionalLong.empty(), 10))
        .isEqualTo("250 samples, 50.0 MiB, 5.00 MiB/s");
  }

  @Test
  void sizesAreReadAndShownInIecUnits() {
    ByteCount.Converter sizes = new ByteCount.Converter();

    assertThat(sizes.convert("1MiB")).isEqualTo(1 << 20);
    assertThat(sizes.convert("1m")).isEqualTo(1 << 20);
    assertThat(sizes.convert("1.5KiB")).isEqualTo(1536);
    assertThat(sizes.convert("2MB")).isEqualTo(2_000_000);
    assertThat(sizes.convert("17")).isEqualTo(17);
    assertThat(new ByteCount(1023)).hasToString("1023 B");
    assertThat(new ByteCount(1536)).hasToString("1.50 KiB");
  }
}
