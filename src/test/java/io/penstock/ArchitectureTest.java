package io.penstock;

import static io.penstock.testing.SourceCompiler.compile;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testing.CompiledClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Holds the library to the import table of `ARCHITECTURE.md`. Imports are read from the class
/// files, and from the import lines of the sources for what the compiler leaves no trace of.
class ArchitectureTest {
  private static final Path SOURCES = Path.of("src", "main", "java");
  private static final Pattern IMPORT =
      Pattern.compile("^import (?:static )?((?:[a-z]\\w*\\.)+)[A-Z*]", Pattern.MULTILINE);
  private static final Pattern PACKAGE = Pattern.compile("^package ([\\w.]+);", Pattern.MULTILINE);

  /// A small table for the tests of the test.
  private static final ImportTable SMALL =
      ImportTable.parse(
          """
          | room | exported | may import |
          | --- | --- | --- |
          | `error` | yes | – (every room may import it) |
          | `tensor`, `store` | yes | – |
          | `read` | no | `store` |
          | `dlpack` (planned) | yes | `tensor` |
          """);

  @Test
  void everyImportIsInTheTable() throws IOException {
    Map<String, Set<String>> imports = importsOf(CompiledClass.ofMain());
    sourceImports(sources()).forEach((room, set) -> imports.merge(room, set, this::union));

    assertThat(imports).containsKey("error");
    assertThat(forbidden(table(), imports)).isEmpty();
  }

  @Test
  void noRoomImportsItselfThroughOthers() throws IOException {
    assertThat(cycles(importsOf(CompiledClass.ofMain()))).isEmpty();
    Map<String, Set<String>> allowed = new TreeMap<>();
    table().rows().forEach((room, row) -> allowed.put(room, row.imports()));
    assertThat(cycles(allowed)).isEmpty();
  }

  @Test
  void packagesAndRowsMatch() throws IOException {
    assertThat(unmatched(table(), importsOf(CompiledClass.ofMain()).keySet())).isEmpty();
  }

  @Test
  void noExportedRoomOffersTypesOfAHiddenOne() throws IOException {
    assertThat(leaks(table(), CompiledClass.ofMain())).isEmpty();
  }

  @Test
  void aForbiddenImportIsFound_whenItIsPlanted() {
    Map<String, Set<String>> imports =
        importsOf(
            compile(
                "package io.penstock.store; public class Planted {}",
                "package io.penstock.error; public class Free {}",
                """
                package io.penstock.tensor;
                class Field { java.util.List<io.penstock.store.Planted> planted; }
                """,
                """
                package io.penstock.read;
                class Allowed { io.penstock.store.Planted planted; io.penstock.error.Free free; }
                """));

    assertThat(forbidden(SMALL, imports)).containsExactly("tensor imports store");
  }

  @Test
  void aForbiddenImportIsFound_whenOnlyTheSourceShowsIt() {
    Map<String, Set<String>> imports =
        sourceImports(
            List.of(
                """
                package io.penstock.tensor;

                import static io.penstock.store.Planted.CONSTANT;
                import java.util.List;
                """));

    assertThat(forbidden(SMALL, imports)).containsExactly("tensor imports store");
  }

  @Test
  void aCycleIsFound_whenItIsPlanted() {
    Map<String, Set<String>> imports =
        importsOf(
            compile(
                "package io.penstock.a; public class A { io.penstock.b.B b; }",
                "package io.penstock.b; public class B { io.penstock.c.C c; }",
                "package io.penstock.c; public class C { io.penstock.a.A a; }"));

    assertThat(cycles(imports)).containsExactly("a", "b", "c");
  }

  @Test
  void aPackageWithoutARowAndARowWithoutAPackageAreFound() {
    assertThat(unmatched(SMALL, Set.of("error", "store", "read", "util")))
        .containsExactly("room without a package: tensor", "package without a room: util");
    assertThat(unmatched(SMALL, Set.of("error", "store", "read", "tensor", "dlpack")))
        .containsExactly("planned room that is there: dlpack");
  }

  @Test
  void aLeakOfAHiddenRoomIsFound_whenItIsPlanted() {
    List<CompiledClass> classes =
        compile(
            "package io.penstock.read; public class Engine {}",
            """
            package io.penstock.tensor;
            public class Planted {
              Planted(io.penstock.read.Engine fine) {}
              public java.util.List<io.penstock.read.Engine> engines() { return null; }
            }
            """);

    assertThat(leaks(SMALL, classes))
        .containsExactly("io.penstock.tensor.Planted offers io.penstock.read.Engine");
  }

  private static ImportTable table() throws IOException {
    return ImportTable.parse(Files.readString(Path.of("ARCHITECTURE.md")));
  }

  private static List<String> sources() throws IOException {
    List<String> sources = new ArrayList<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        sources.add(Files.readString(file));
      }
    }
    return sources;
  }

  private static Map<String, Set<String>> importsOf(List<CompiledClass> classes) {
    Map<String, Set<String>> imports = new TreeMap<>();
    for (CompiledClass type : classes) {
      String room = ImportTable.roomOf(type.packageName()).orElseThrow();
      Set<String> used = imports.computeIfAbsent(room, _ -> new TreeSet<>());
      for (String name : type.uses()) {
        ImportTable.roomOf(CompiledClass.packageOf(name)).ifPresent(used::add);
      }
      used.remove(room);
    }
    return imports;
  }

  private static Map<String, Set<String>> sourceImports(List<String> sources) {
    Map<String, Set<String>> imports = new TreeMap<>();
    for (String source : sources) {
      Matcher packageLine = PACKAGE.matcher(source);
      assertThat(packageLine.find()).isTrue();
      String room = ImportTable.roomOf(packageLine.group(1)).orElseThrow();
      Set<String> used = imports.computeIfAbsent(room, _ -> new TreeSet<>());
      Matcher importLine = IMPORT.matcher(source);
      while (importLine.find()) {
        String imported = importLine.group(1);
        ImportTable.roomOf(imported.substring(0, imported.length() - 1)).ifPresent(used::add);
      }
      used.remove(room);
    }
    return imports;
  }

  private Set<String> union(Set<String> some, Set<String> more) {
    return Stream.concat(some.stream(), more.stream()).collect(toCollection(TreeSet::new));
  }

  private static List<String> forbidden(ImportTable table, Map<String, Set<String>> imports) {
    List<String> found = new ArrayList<>();
    imports.forEach((room, used) ->
        used.stream()
            .filter(imported -> !table.allows(room, imported))
            .forEach(imported -> found.add(room + " imports " + imported)));
    return found;
  }

  /// The rooms that lie on a cycle: peels off rooms that import nothing that is left, then rooms
  /// that nothing left imports, until neither exists.
  private static Set<String> cycles(Map<String, Set<String>> imports) {
    Map<String, Set<String>> left = new TreeMap<>();
    imports.forEach((room, used) -> left.put(room, new TreeSet<>(used)));
    boolean peeled = true;
    while (peeled) {
      left.values().forEach(used -> used.retainAll(left.keySet()));
      Set<String> imported = new TreeSet<>();
      left.values().forEach(imported::addAll);
      peeled =
          left.entrySet()
              .removeIf(room -> room.getValue().isEmpty() || !imported.contains(room.getKey()));
    }
    return left.keySet();
  }

  private static List<String> unmatched(ImportTable table, Set<String> packages) {
    List<String> found = new ArrayList<>();
    table
        .rows()
        .forEach((room, row) -> {
          if (row.planned() && packages.contains(room)) {
            found.add("planned room that is there: " + room);
          } else if (!row.planned() && !packages.contains(room)) {
            found.add("room without a package: " + room);
          }
        });
    new TreeSet<>(packages)
        .stream()
            .filter(room -> !table.rows().containsKey(room))
            .forEach(room -> found.add("package without a room: " + room));
    return found;
  }

  private static List<String> leaks(ImportTable table, List<CompiledClass> classes) {
    List<String> found = new ArrayList<>();
    Set<String> visible = PublicSurface.visibleNames(classes);
    for (CompiledClass type : classes) {
      if (visible.contains(type.name()) && exported(table, type.name())) {
        type.offers().stream()
            .filter(name -> ImportTable.roomOf(CompiledClass.packageOf(name)).isPresent())
            .filter(name -> !exported(table, name))
            .forEach(name -> found.add(type + " offers " + name));
      }
    }
    return found;
  }

  private static boolean exported(ImportTable table, String className) {
    return ImportTable.roomOf(CompiledClass.packageOf(className))
        .map(table::exported)
        .orElse(false);
  }
}
