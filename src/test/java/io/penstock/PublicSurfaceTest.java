package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testing.CompiledClass;
import io.penstock.testing.SourceCompiler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

class PublicSurfaceTest {
  @Test
  void fewerThanHalfOfAllTypesArePublic() {
    List<CompiledClass> classes = CompiledClass.ofMain();
    long declared = classes.stream().filter(CompiledClass::declared).count();
    int visible = PublicSurface.visibleNames(classes).size();

    assertThat(declared).isPositive();
    assertThat(visible * 2L)
        .as("%s of %s types are public", visible, declared)
        .isLessThan(declared);
  }

  @Test
  void everyPublicTypeAndMethodHasADocComment() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"));
        StandardJavaFileManager manager =
            ToolProvider.getSystemJavaCompiler().getStandardFileManager(null, null, null)) {
      List<Path> sources = files.filter(file -> file.toString().endsWith(".java")).toList();
      assertThat(sources).isNotEmpty();
      assertThat(PublicSurface.undocumented(manager.getJavaFileObjectsFromPaths(sources)))
          .isEmpty();
    }
  }

  @Test
  void aNestedTypeIsPublic_onlyWithAllThatIsAroundIt() {
    List<CompiledClass> classes =
        SourceCompiler.compile(
            "package p; public interface Open { record Inside() {} }",
            "package p; class Closed { public record Inside() {} Object o = new Object() {}; }");

    assertThat(PublicSurface.visibleNames(classes))
        .containsExactlyInAnyOrder("p.Open", "p.Open$Inside");
    assertThat(classes.stream().filter(CompiledClass::declared)).hasSize(4);
  }

  @Test
  void whatHasNoDocCommentIsFound_whenItIsPlanted() throws IOException {
    String planted =
        """
        package p;

        /// Said.
        public interface Planted {
          void unsaid();

          /// Said.
          void said();

          record Unsaid(int n) {
            public Unsaid {}

            @Override
            public String toString() { return ""; }
          }

          /// Said.
          final class Said {
            public static final int UNSAID = 1;
            public Said() {}
            void fine() {}
          }
        }
        """;

    assertThat(PublicSurface.undocumented(List.of(SourceCompiler.unit(planted))))
        .containsExactly(
            "/p/Planted.java:5: Planted.unsaid",
            "/p/Planted.java:10: Unsaid",
            "/p/Planted.java:19: Said.UNSAID",
            "/p/Planted.java:20: Said.<init>");
  }
}
