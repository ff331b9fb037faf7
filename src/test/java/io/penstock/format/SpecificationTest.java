package io.penstock.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Holds the specification, its table of coverage and the tests together.
class SpecificationTest {
  private static final Path SPECIFICATION = Path.of("format-spec");
  private static final List<String> TEXTS = List.of("v1.md", "order-v1.md");
  private static final Pattern SENTENCE = Pattern.compile("(?m)^- \\[([VO]1-[A-Z]+-\\d\\d)] ");
  private static final Pattern ANY_SENTENCE = Pattern.compile("\\b(MUST|SHOULD|MAY)\\b");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| ([VO]1-[A-Z]+-\\d\\d) \\| `(\\w+)` \\| `(\\w+)` \\|$");

  @Test
  void everySentenceHasOneRowAndEveryRowASentence() throws IOException {
    List<String> sentences = sentences();
    assertThat(sentences).hasSizeGreaterThan(90).doesNotHaveDuplicates();
    assertThat(rows().stream().map(row -> row.group(1)).toList())
        .containsExactlyElementsOf(sentences);
  }

  @Test
  void everyNormativeWordStandsInASentenceWithAnId() throws IOException {
    List<String> without = new ArrayList<>();
    for (String line : text().lines().toList()) {
      if (ANY_SENTENCE.matcher(line).find()
          && !SENTENCE.matcher(line).find()
          && !line.contains("RFC 2119")) {
        without.add(line);
      }
    }
    assertThat(without).isEmpty();
  }

  @Test
  void everyRowNamesAClassAndATestThatMentionsTheSentence() throws IOException {
    Map<String, Path> classes = sources(Path.of("src", "main", "java"));
    Map<String, Path> tests = sources(Path.of("src", "test", "java"));
    List<String> wrong = new ArrayList<>();
    for (MatchResult row : rows()) {
      if (!classes.containsKey(row.group(2))) {
        wrong.add(row.group(1) + ": no class " + row.group(2));
      }
      Path test = tests.get(row.group(3));
      if (test == null || !Files.readString(test).contains(row.group(1))) {
        wrong.add(row.group(1) + ": " + row.group(3) + " is missing or does not mention it");
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static List<String> sentences() throws IOException {
    return SENTENCE.matcher(text()).results().map(match -> match.group(1)).toList();
  }

  private static String text() throws IOException {
    StringBuilder text = new StringBuilder();
    for (String name : TEXTS) {
      text.append(Files.readString(SPECIFICATION.resolve(name)));
    }
    return text.toString();
  }

  private static List<MatchResult> rows() throws IOException {
    return ROW.matcher(Files.readString(SPECIFICATION.resolve("coverage.md"))).results().toList();
  }

  private static Map<String, Path> sources(Path root) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(root)) {
      walk.filter(file -> file.toString().endsWith(".java"))
          .forEach(file -> files.put(file.getFileName().toString().replace(".java", ""), file));
    }
    return files;
  }
}
