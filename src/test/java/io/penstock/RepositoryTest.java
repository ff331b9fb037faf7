package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What somebody meets who opens the repository.
class RepositoryTest {
  private static final Path ROOT = Path.of("").toAbsolutePath();
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern COMMANDS = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

  @Test
  void theReadmeHasTwoSetUpCommands() throws IOException {
    Matcher blocks = COMMANDS.matcher(Files.readString(ROOT.resolve("README.md")));
    List<String> commands = new ArrayList<>();
    while (blocks.find()) {
      blocks.group(1).lines().forEach(commands::add);
    }

    assertThat(commands).startsWith("bin/penstock demo", "mvn verify");
    assertThat(commands).filteredOn(line -> line.startsWith("mvn")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bin/penstock", "bin/find-jdk", ".ci/run"})
  void theScriptsCanBeRun(String script) {
    assertThat(ROOT.resolve(script)).isExecutable();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "README.md",
        "SECURITY.md"
      })
  void theFrontPagesAreThere(String page) {
    assertThat(ROOT.resolve(page)).isNotEmptyFile();
  }

  @Test
  void theChangelogHasRoomForTheNextRelease() throws IOException {
    assertThat(Files.readString(ROOT.resolve("CHANGELOG.md"))).contains("\n## Unreleased\n");
  }

  @Test
  void everyLinkBetweenThePagesLeadsSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      broken.addAll(brokenLinks(page, Files.readString(page)));
    }

    assertThat(broken).isEmpty();
  }

  @Test
  void aBrokenLinkIsFound_whenItIsPlanted() {
    String text = "[a](README.md#x) [b](nowhere.md) [c](https://example.org/) [d](#here)";

    assertThat(brokenLinks(ROOT.resolve("CHANGELOG.md"), text))
        .containsExactly("CHANGELOG.md: nowhere.md");
  }

  private static List<Path> pages() throws IOException {
    List<Path> folders = new ArrayList<>();
    for (String folder : List.of("docs", "format-spec", "samples")) {
      if (Files.isDirectory(ROOT.resolve(folder))) {
        folders.add(ROOT.resolve(folder));
      }
    }
    List<Path> pages = new ArrayList<>();
    try (Stream<Path> files = Files.list(ROOT)) {
      files.filter(RepositoryTest::isPage).forEach(pages::add);
    }
    for (Path folder : folders) {
      try (Stream<Path> files = Files.walk(folder)) {
        files.filter(RepositoryTest::isPage).forEach(pages::add);
      }
    }
    return pages;
  }

  private static boolean isPage(Path file) {
    return file.toString().endsWith(".md");
  }

  private static List<String> brokenLinks(Path page, String text) {
    List<String> broken = new ArrayList<>();
    Matcher links = LINK.matcher(text);
    while (links.find()) {
      String target = links.group(1).replaceFirst("#.*", "");
      if (!target.isEmpty()
          && !target.contains("://")
          && !Files.exists(page.resolveSibling(target))) {
        broken.add(ROOT.relativize(page) + ": " + target);
      }
    }
    return broken;
  }
}
