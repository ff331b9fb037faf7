package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testing.s3.S3TestServer;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A program that has Netty 4.1 on its class path, all of it or some, reads over the JDK's sockets
/// and is told why; if it asks for Netty it is refused in a sentence. So is one that asks for
/// io_uring without what that needs. Each in a JVM of its own, with the real artifacts.
class OlderNettyIT {
  private final byte[] content = new byte[100_000];
  private S3TestServer server;

  @BeforeEach
  void start() {
    new Random(1).nextBytes(content);
    server = S3TestServer.start();
    server.createBucket("bucket");
    server.put("bucket", "object", content);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void nettyIsUsed_whenAllOfItIsNew() throws Exception {
    assertThat(run(List.of()))
        .contains("obstacle: none", "read: " + Arrays.hashCode(content))
        .anyMatch(line -> line.startsWith("here: netty over "))
        .contains("over netty: " + Arrays.hashCode(content));
  }

  @Test
  void ioUringIsUsed_whenTheSystemDoesIt() throws Exception {
    Assumptions.assumeTrue(Transports.hasIoUring(), "no io_uring");
    assertThat(run(List.of())).contains("over io_uring: " + Arrays.hashCode(content));
  }

  @Test
  void ioUringAloneIsRefused_whenAPartOfItIsAbsent() throws Exception {
    String refused = "over io_uring: open s3://bucket/ over io_uring: ";
    assertThat(run(List.of(), "netty-transport-classes-io_uring"))
        .contains(refused + "netty-transport-classes-io_uring 4.2 is missing")
        .contains("over netty: " + Arrays.hashCode(content));
    assertThat(run(List.of(), "netty-transport-native-io_uring"))
        .anyMatch(line -> line.startsWith(refused + "netty-transport-native-io_uring is missing"))
        .contains("over netty: " + Arrays.hashCode(content));
  }

  @Test
  void readsGoOverTheJdk_whenAllOfNettyIsOlder() throws Exception {
    assertFallsBack(
        run(
            List.of(
                "common",
                "buffer",
                "resolver",
                "transport",
                "codec",
                "handler",
                "transport-classes-epoll",
                "transport-native-unix-common")),
        "the Netty on the class path is older than 4.2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"common", "buffer", "resolver", "handler", "transport-native-unix-common"})
  void readsGoOverTheJdk_whenAPartOfNettyIsOlder(String part) throws Exception {
    String version =
        jar(part).getFileName().toString().replace("netty-" + part + "-", "").replace(".jar", "");
    assertThat(version).startsWith("4.1.");
    assertFallsBack(
        run(List.of(part)),
        "netty-" + part + " on the class path is " + version + ", the others are 4.2");
  }

  private void assertFallsBack(List<String> said, String why) {
    assertThat(said)
        .containsExactly(
            "obstacle: " + why,
            "here: sockets and TLS of the JDK",
            "read: " + Arrays.hashCode(content),
            "over netty: open s3://bucket/ over Netty: " + why,
            "over io_uring: open s3://bucket/ over io_uring: " + why);
  }

  /// Runs the program and returns what it says.
  ///
  /// @param older which artifacts are of 4.1
  /// @param absent which are left out
  private List<String> run(List<String> older, String... absent)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx256m",
                "-cp",
                classPath(older, List.of(absent)),
                S3ReadingProgram.class.getName(),
                server.endpoint().toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said.lines().toList();
  }

  /// The packaged program is left out for its classes: its manifest names the Netty of the build.
  private static String classPath(List<String> older, List<String> absent) {
    List<String> entries = new ArrayList<>();
    entries.add(beside("classes").toString());
    for (String each : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      String name = Path.of(each).getFileName().toString();
      if (name.matches("penstock-.*\\.jar") || absent.stream().anyMatch(name::startsWith)) {
        continue;
      }
      if (older.stream().noneMatch(part -> name.matches("netty-" + part + "-\\d.*\\.jar"))) {
        entries.add(each);
      }
    }
    older.forEach(part -> entries.addFirst(jar(part).toString()));
    return String.join(File.pathSeparator, entries);
  }

  private static Path jar(String part) {
    File[] found =
        beside("older-netty")
            .toFile()
            .listFiles((_, name) -> name.matches("netty-" + part + "-\\d.*\\.jar"));
    return Stream.ofNullable(found)
        .flatMap(Stream::of)
        .findFirst()
        .orElseThrow(() -> new AssertionError("the build copies netty-" + part))
        .toPath();
  }

  /// What the build makes beside the tests' classes.
  private static Path beside(String name) {
    try {
      return Path.of(OlderNettyIT.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .resolveSibling(name);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
