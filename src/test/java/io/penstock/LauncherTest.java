package io.penstock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testing.SourceCompiler;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The launcher in a checkout that is made up: its program prints its arguments, its Maven puts the
/// jar into place.
class LauncherTest {
  private static final String PROGRAM =
      """
      package p;
      public class Main {
        public static void main(String[] args) {
          System.out.println("arguments " + java.util.List.of(args));
          System.out.println("option " + System.getProperty("p.option"));
          System.exit(args.length);
        }
      }
      """;

  @TempDir private Path folder;
  private Path checkout;
  private Path jar;

  /// What a run of the launcher came to.
  private record Outcome(int exitCode, String output, String errors) {}

  @BeforeEach
  void makeCheckout() throws IOException {
    checkout = Files.createDirectory(folder.resolve("check out"));
    jar = checkout.resolve("target/penstock-1.jar");
    Files.createDirectories(checkout.resolve("bin"));
    Files.createDirectories(checkout.resolve("src/main"));
    for (String script : List.of("bin/penstock", "bin/find-jdk")) {
      Files.copy(Path.of(script), checkout.resolve(script));
    }
    source("pom.xml", "2001-01-01T00:00:00Z");
    source("src/main/Main.java", "2001-01-01T00:00:00Z");
    writeJar(folder.resolve("built.jar"));
    Path mvn = Files.createDirectory(folder.resolve("path")).resolve("mvn");
    Files.writeString(
        mvn,
        """
        #!/bin/sh
        echo "maven says $*"
        mkdir -p "%1$s/target/lib"
        cp "%2$s" "%1$s/target/penstock-1.jar"
        """
            .formatted(checkout, folder.resolve("built.jar")));
    assertThat(mvn.toFile().setExecutable(true)).isTrue();
  }

  @Test
  void buildsFirst_whenNothingIsBuilt() throws Exception {
    Outcome outcome = launch(checkout.resolve("bin/penstock"), Map.of(), "info");

    assertThat(outcome.errors())
        .startsWith("penstock: building")
        .contains("maven says -q -B -f " + checkout.resolve("pom.xml"));
    assertThat(outcome.output()).startsWith("arguments [info]");
  }

  @Test
  void passesArgumentsAndExitCode_whenItIsBuilt() throws Exception {
    build("2002-01-01T00:00:00Z");

    Outcome outcome = launch(checkout.resolve("bin/penstock"), Map.of(), "show", "a b", "", "*");

    assertThat(outcome).isEqualTo(new Outcome(4, "arguments [show, a b, , *]\noption null\n", ""));
  }

  @Test
  void buildsAgain_whenASourceIsNewer() throws Exception {
    build("2002-01-01T00:00:00Z");
    source("src/main/Main.java", "2003-01-01T00:00:00Z");

    assertThat(launch(checkout.resolve("bin/penstock"), Map.of()).errors())
        .startsWith("penstock: building");
  }

  @Test
  void runsTheProgram_whenABuildLeftOtherJarsBesideIt() throws Exception {
    build("2002-01-01T00:00:00Z");
    for (String other : List.of("penstock-1-javadoc", "penstock-1-sources", "penstock-1-tests")) {
      Files.writeString(checkout.resolve("target/" + other + ".jar"), "no program");
    }

    assertThat(launch(checkout.resolve("bin/penstock"), Map.of(), "info"))
        .isEqualTo(new Outcome(1, "arguments [info]\noption null\n", ""));
  }

  @Test
  void findsItsCheckout_whenItIsCalledThroughALink() throws Exception {
    build("2002-01-01T00:00:00Z");
    Path link = Files.createSymbolicLink(folder.resolve("link"), checkout.resolve("bin/penstock"));

    assertThat(launch(link, Map.of()).output()).startsWith("arguments []");
  }

  @Test
  void passesOptionsToTheJvm_whenTheVariableHasThem() throws Exception {
    build("2002-01-01T00:00:00Z");
    Map<String, String> variables = Map.of("PENSTOCK_JAVA_OPTS", "-Dp.option=set");

    assertThat(launch(checkout.resolve("bin/penstock"), variables).output()).contains("option set");
  }

  @Test
  void aJdkSuits_fromTheThirdUpdateOf25On() throws Exception {
    Path own = Path.of(System.getProperty("java.home"));
    for (String version : List.of("25.0.3", "25.0.10", "25.1", "26", "100.0.1")) {
      assertThat(jdkFor(jdk(version))).as(version).isEqualTo(jdk(version));
    }
    for (String version : List.of("17.0.15", "25", "25.0.2", "9")) {
      assertThat(jdkFor(jdk(version))).as(version).isNotEqualTo(jdk(version));
    }
    assertThat(jdkFor(own)).isEqualTo(own);
  }

  private Path jdk(String version) throws IOException {
    Path home = folder.resolve("jdk " + version);
    if (Files.notExists(home)) {
      Files.createDirectories(home.resolve("bin"));
      Files.createFile(home.resolve("bin/javac"));
      assertThat(home.resolve("bin/javac").toFile().setExecutable(true)).isTrue();
      Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    }
    return home;
  }

  private Path jdkFor(Path javaHome) throws Exception {
    Map<String, String> variables = Map.of("JAVA_HOME", javaHome.toString());
    return Path.of(launch(checkout.resolve("bin/find-jdk"), variables).output().strip());
  }

  private Outcome launch(Path script, Map<String, String> variables, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    Path errors = folder.resolve("errors");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("PATH", folder.resolve("path") + ":" + System.getenv("PATH"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(variables);
    Process process = builder.redirectError(errors.toFile()).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Outcome(process.waitFor(), output, Files.readString(errors));
  }

  private void build(String time) throws IOException {
    Files.createDirectories(checkout.resolve("target/lib"));
    Files.copy(folder.resolve("built.jar"), jar);
    Files.setLastModifiedTime(jar, FileTime.from(Instant.parse(time)));
  }

  private void source(String name, String time) throws IOException {
    Files.writeString(checkout.resolve(name), "");
    Files.setLastModifiedTime(checkout.resolve(name), FileTime.from(Instant.parse(time)));
  }

  private static void writeJar(Path jar) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, "p.Main");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(file, manifest)) {
      entries.putNextEntry(new JarEntry("p/Main.class"));
      entries.write(SourceCompiler.compile(PROGRAM).getFirst().bytes());
    }
  }
}
