package io.penstock;

import static io.penstock.testing.SourceCompiler.compile;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testing.CompiledClass;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForbiddenCallsTest {
  @Test
  void theLibraryMakesNone() {
    assertThat(ForbiddenCalls.inLibrary(CompiledClass.ofMain())).isEmpty();
  }

  @Test
  void theTestsDoNotSleep() {
    assertThat(ForbiddenCalls.inTests(CompiledClass.ofTests())).isEmpty();
  }

  @Test
  void callsAndMethodReferencesAreFound_whenTheyArePlanted() {
    List<CompiledClass> planted =
        compile(
            """
            package io.penstock.version;
            class Planted {
              long time() { return System.nanoTime(); }
              java.util.function.Supplier<?> id() { return java.util.UUID::randomUUID; }
              Object many() { return java.util.List.of(1).parallelStream(); }
              Object chance() { return new java.util.Random(); }
              String local() { return String.format("%d", 1) + "%d".formatted(2); }
              void talk() { System.out.println(); }
            }
            """);

    assertThat(ForbiddenCalls.inLibrary(planted))
        .map(found -> found.replaceFirst(": .*", ""))
        .containsExactlyInAnyOrder(
            "io.penstock.version.Planted uses java.lang.System.nanoTime",
            "io.penstock.version.Planted uses java.util.UUID.randomUUID",
            "io.penstock.version.Planted uses java.util.List.parallelStream",
            "io.penstock.version.Planted uses java.util.Random.<init>",
            "io.penstock.version.Planted uses java.lang.String.format",
            "io.penstock.version.Planted uses java.lang.String.formatted",
            "io.penstock.version.Planted uses java.lang.System.out");
  }

  @Test
  void nothingIsFound_whenTheCallIsTheAllowedOne() {
    List<CompiledClass> planted =
        compile(
            """
            package io.penstock.version;
            class Planted {
              Object chance(long seed) { return new java.util.Random(seed); }
              String local() { return String.format(java.util.Locale.ROOT, "%d", 1); }
              java.time.Instant time(java.time.Clock clock) { return clock.instant(); }
            }
            """,
            """
            package io.penstock.cli;
            class Main { void talk() { System.out.println(System.nanoTime()); } }
            """,
            """
            package io.penstock;
            class Penstock { static class Parts { java.time.Clock clock = java.time.Clock.systemUTC(); } }
            """);

    assertThat(ForbiddenCalls.inLibrary(planted)).isEmpty();
  }

  @Test
  void aSleepInATestIsFound_whenItIsPlanted() {
    List<CompiledClass> planted =
        compile(
            "package io.penstock.read; class SlowTest { void f() throws Exception {"
                + " Thread.sleep(1); } }",
            "package io.penstock.testing; class Slow { void f() throws Exception { Thread.sleep(1);"
                + " } }");

    assertThat(ForbiddenCalls.inTests(planted))
        .singleElement()
        .asString()
        .startsWith("io.penstock.read.SlowTest uses java.lang.Thread.sleep");
  }
}
