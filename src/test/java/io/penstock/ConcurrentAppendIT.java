package io.penstock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.store.ObjectInfo;
import io.penstock.store.ObjectPage;
import io.penstock.store.Store;
import io.penstock.tensor.Region;
import io.penstock.tensor.Shape;
import io.penstock.testing.MinioServer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Eight processes append to one dataset at once, fifty commits each.
class ConcurrentAppendIT {
  private static final int PROCESSES = 8;
  private static final int COMMITS = 50;

  @Test
  void fourHundredVersionsAndNoneLost_whenEightProcessesAppendToADirectory(@TempDir Path folder)
      throws Exception {
    appendAtOnce(folder.resolve("dataset").toString(), "-", Map.of(), Penstock.builder());
  }

  @Test
  void fourHundredVersionsAndNoneLost_whenEightProcessesAppendToMinio() throws Exception {
    try (MinioServer minio = MinioServer.start()) {
      minio.createBucket("appends");
      appendAtOnce(
          "s3://appends/dataset",
          minio.endpoint().toString(),
          Map.of(
              "AWS_ACCESS_KEY_ID", minio.accessKey(), "AWS_SECRET_ACCESS_KEY", minio.secretKey()),
          minio.configure(Penstock.builder()));
    }
  }

  private static void appendAtOnce(
      String uri, String endpoint, Map<String, String> environment, Penstock.Builder settings)
      throws Exception {
    try (Penstock penstock = settings.memory(64 << 20).build()) {
      penstock.create(uri).close();
      List<String> put = run(uri, endpoint, environment);
      try (Dataset dataset = penstock.open(uri)) {
        checkVersions(dataset);
        checkSamples(dataset.version());
        checkObjects(dataset.store(), put);
      }
    }
  }

  /// Runs the processes and returns the keys of the data objects that they put.
  private static List<String> run(String uri, String endpoint, Map<String, String> environment)
      throws IOException, InterruptedException {
    List<Process> processes = new ArrayList<>();
    for (int process = 0; process < PROCESSES; process++) {
      ProcessBuilder builder =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "--enable-native-access=ALL-UNNAMED",
              "-XX:TieredStopAtLevel=1",
              "-XX:+UseSerialGC",
              "-Xmx128m",
              "-cp",
              System.getProperty("java.class.path"),
              AppendProcess.class.getName(),
              uri,
              endpoint,
              Integer.toString(process),
              Integer.toString(COMMITS));
      builder.environment().putAll(environment);
      processes.add(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }
    List<String> put = new ArrayList<>();
    for (Process process : processes) {
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      assertThat(process.waitFor()).as("exit code").isZero();
      output
          .lines()
          .filter(line -> line.startsWith("data "))
          .map(line -> line.substring(5))
          .forEach(put::add);
    }
    return put;
  }

  private static void checkVersions(Dataset dataset) {
    Version newest = dataset.version();
    assertThat(newest.name()).isEqualTo("main:" + PROCESSES * COMMITS);
    List<Version> history = dataset.history(Ref.latest()).toList();
    assertThat(history.stream().map(version -> version.record().number()))
        .containsExactlyElementsOf(
            LongStream.rangeClosed(0, PROCESSES * COMMITS)
                .map(back -> PROCESSES * COMMITS - back)
                .boxed()
                .toList());
    Set<String> messages = new HashSet<>();
    history.forEach(version -> messages.add(version.record().message()));
    assertThat(messages).hasSize(PROCESSES * COMMITS + 1);
    assertThat(history.stream().map(version -> version.record().commit()).distinct())
        .hasSize(PROCESSES * COMMITS + 1);
  }

  private static void checkSamples(Version version) {
    int samples = PROCESSES * COMMITS;
    assertThat(version.samples()).isEqualTo(samples);
    Set<List<Integer>> pairs = new HashSet<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment process = read(version, "process", samples, arena);
      MemorySegment commit = read(version, "commit", samples, arena);
      for (int i = 0; i < samples; i++) {
        pairs.add(
            List.of(
                process.getAtIndex(ValueLayout.JAVA_INT, i),
                commit.getAtIndex(ValueLayout.JAVA_INT, i)));
      }
    }
    assertThat(pairs).as("pairs of process and commit, each once").hasSize(samples);
  }

  private static MemorySegment read(Version version, String tensor, int samples, Arena arena) {
    MemorySegment target = arena.allocate(4L * samples, 8);
    version.tensor(tensor).read(Region.samples(0, samples, Shape.SCALAR), target);
    return target;
  }

  /// Every data object was put once, and all of them are still what makes up the dataset.
  private static void checkObjects(Store store, List<String> put) {
    assertThat(put).doesNotHaveDuplicates();
    List<String> present = new ArrayList<>();
    String after = "";
    ObjectPage page;
    do {
      page = store.list("", after, 1000);
      for (ObjectInfo object : page.objects()) {
        if (object.key().contains("/") && !object.key().startsWith("__penstock/")) {
          present.add(object.key());
        }
      }
      after = page.objects().isEmpty() ? after : page.objects().getLast().key();
    } while (page.truncated());
    assertThat(put).containsExactlyInAnyOrderElementsOf(present);
  }
}
