package io.penstock.cache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Four processes at a time share a directory and are killed at random moments, a hundred in all.
class SharedCacheIT {
  private static final int ROUNDS = 25;
  private static final int PROCESSES = 4;
  private static final long PIECE_BYTES = CacheProcess.CHUNK + 4096;
  private static final long BUDGET = 120 * PIECE_BYTES;

  @TempDir Path directory;

  @Test
  void noByteIsWrongAndTheBudgetIsKept_whenAHundredProcessesAreKilled() throws Exception {
    long seed = 20_261_121;
    Random random = new Random(seed);
    long written = 0;
    for (int round = 0; round < ROUNDS; round++) {
      List<Process> processes = new ArrayList<>();
      for (int i = 0; i < PROCESSES; i++) {
        processes.add(start(random.nextLong()));
      }
      for (Process process : processes) {
        killAfter(process, 1 + random.nextInt(8));
      }

      assertThat(diskBytes()).as("seed %s, round %s", seed, round).isLessThanOrEqualTo(BUDGET);
      written += allBytesAreRight();
    }
    assertThat(written).as("pieces that were found").isPositive();
  }

  private Process start(long seed) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            CacheProcess.class.getName(),
            directory.toString(),
            Long.toString(BUDGET),
            Long.toString(seed))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /// Kills a process when it has said something so many times.
  private static void killAfter(Process process, int lines) throws Exception {
    try (BufferedReader output = process.inputReader(UTF_8)) {
      for (int i = 0; i < lines; i++) {
        assertThat(output.readLine()).as("a process that goes on until it is killed").isNotNull();
      }
      process.destroyForcibly();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as("killed").isEqualTo(128 + 9);
    }
  }

  /// Reads everything through a cache that finds what the processes left; returns how much came
  /// from there.
  private long allBytesAreRight() {
    try (CacheRig rig = new CacheRig(directory, BUDGET, CacheProcess.UNIT)) {
      assertThat(rig.stats().usedBytes()).isEqualTo(CacheRig.diskBytes(directory));
      rig.store.reading(_ -> true, 1);
      for (int i = 0; i < CacheProcess.OBJECTS; i++) {
        byte[] content = rig.put(CacheProcess.key(i), CacheProcess.CHUNKS * CacheProcess.CHUNK, i);
        assertThat(rig.readChunks(CacheProcess.key(i), 0, CacheProcess.CHUNK, CacheProcess.CHUNKS))
            .isEqualTo(content);
      }
      return rig.stats().hits();
    }
  }

  private long diskBytes() throws IOException {
    long staged = 0;
    try (var files = Files.list(directory.resolve("staging"))) {
      for (Path file : files.toList()) {
        staged += Files.size(file);
      }
    }
    return CacheRig.diskBytes(directory) + staged;
  }
}
