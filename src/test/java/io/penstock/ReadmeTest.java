package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testing.SourceCompiler;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The lines of Java in the README, as they stand there.
class ReadmeTest {
  private static final Pattern LINES = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  private static final String AROUND =
      """
      package io.penstock;
      import io.penstock.format.TensorSpec;
      import io.penstock.load.Batch;
      import io.penstock.load.Loader;
      import io.penstock.tensor.DataType;
      import io.penstock.tensor.Shape;
      import java.lang.foreign.MemorySegment;
      import java.util.function.BiConsumer;
      class ReadmeLines {
        static void run(
            String uri, byte[] pixels, long[] labels, BiConsumer<MemorySegment, MemorySegment> trainer) {
          %s
        }
      }
      """;

  @TempDir private Path folder;

  @Test
  void theLinesOfTheReadmeDoWhatTheySay() throws Exception {
    Matcher lines = LINES.matcher(Files.readString(Path.of("README.md")));
    assertThat(lines.find()).isTrue();
    String body = lines.group(1).replace("train(", "trainer.accept(");
    byte[] program = SourceCompiler.compile(AROUND.replace("%s", body)).getFirst().bytes();
    Method run =
        MethodHandles.lookup()
            .defineClass(program)
            .getDeclaredMethod("run", String.class, byte[].class, long[].class, BiConsumer.class);
    byte[] pixels = new byte[1000 * 28 * 28];
    long[] labels = new long[1000];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i;
      pixels[i * 28 * 28] = (byte) i;
    }
    List<Long> seen = new ArrayList<>();
    BiConsumer<MemorySegment, MemorySegment> trainer =
        (images, numbers) -> {
          for (long i = 0; i < numbers.byteSize() / 8; i++) {
            long number = numbers.getAtIndex(ValueLayout.JAVA_LONG, i);
            assertThat(images.get(ValueLayout.JAVA_BYTE, i * 28 * 28)).isEqualTo((byte) number);
            seen.add(number);
          }
        };

    run.invoke(null, folder.resolve("digits").toString(), pixels, labels, trainer);

    assertThat(seen).hasSize(1000).doesNotHaveDuplicates();
    assertThat(seen).as("loaders shuffle").isNotEqualTo(seen.stream().sorted().toList());
  }
}
