package io.penstock.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A writer needs no more than it says, and keeps to the budget.
class FragmentMemoryTest {
  private static final long SEED = 9;
  private static final long MIB = 1L << 20;
  private static final Schema SCHEMA =
      new Schema(
          List.of(
              TensorSpec.of("image", DataType.UINT8, Shape.of(1 << 14)),
              TensorSpec.of("label", DataType.INT64, Shape.SCALAR),
              TensorSpec.of("text", DataType.UINT8, Shape.of(Shape.RAGGED))));
  private static final WriteOptions OPTIONS =
      new WriteOptions(OptionalLong.empty(), MIB, 16 * MIB, "zstd:1", Optional.empty());

  private static TestSamples samples() {
    return TestSamples.random(
        SCHEMA, 2000, SEED, (random, sample) -> sample == 777 ? 20 << 20 : random.nextInt(20_000));
  }

  private static MemoryStore store() {
    return new MemoryStore(() -> Instant.EPOCH);
  }

  /// The least budget, as the refusal of a smaller one tells it.
  private static long minimumBytes(TestSamples samples) {
    return minimumBytes(samples, OPTIONS);
  }

  private static long minimumBytes(TestSamples samples, WriteOptions options) {
    try (WriterRig rig = new WriterRig(6 * MIB, 1);
        MemoryStore store = store()) {
      RefusedException refused =
          catchThrowableOfType(
              RefusedException.class, () -> rig.write(store, samples, options, 100));
      assertThat(refused.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
      assertThat(store.list("", "", 10).objects()).isEmpty();
      Matcher bytes = Pattern.compile("at least (\\d+) bytes").matcher(refused.getMessage());
      assertThat(bytes.find()).as(refused.getMessage()).isTrue();
      return Long.parseLong(bytes.group(1));
    }
  }

  @Test
  void everythingIsWritten_whenTheBudgetIsTheMinimumThatTheRefusalNames() {
    TestSamples samples = samples();
    long minimum = minimumBytes(samples);
    assertThat(minimum).isLessThan(40 * MIB);
    try (WriterRig rig = new WriterRig(minimum, 2);
        MemoryStore store = store()) {
      FragmentWriter.Written written = rig.write(store, samples, OPTIONS, 100);
      StoredFragment stored = new StoredFragment(store, SCHEMA, written).checkEntry();
      assertThat(stored.fixed("image")).isEqualTo(samples.elements("image"));
      assertThat(stored.ragged("text").samples())
          .containsExactlyElementsOf(samples.samples("text"));
      assertThat(rig.pool().peakBytes()).isEqualTo(minimum);
    }
  }

  @Test
  void refuses_whenTheBudgetIsLessThanTheMinimumByAPage() {
    TestSamples samples = samples();
    long minimum = minimumBytes(samples);
    try (WriterRig rig = new WriterRig(minimum - (64 << 10), 2);
        MemoryStore store = store()) {
      assertThatThrownBy(() -> rig.write(store, samples, OPTIONS, 100))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("at least " + minimum + " bytes");
    }
  }

  static List<WriteOptions> inOrderAndShuffled() {
    return List.of(
        OPTIONS,
        new WriteOptions(
            OptionalLong.empty(),
            MIB,
            16 * MIB,
            "zstd:1",
            Optional.of(new WriteOptions.Shuffle(5 * MIB, 1))));
  }

  @ParameterizedTest
  @MethodSource("inOrderAndShuffled")
  void allWritersEnd_whenFourShareABudgetForOneAndABit(WriteOptions options) {
    TestSamples samples =
        TestSamples.random(SCHEMA, 600, SEED, (random, _) -> random.nextInt(20_000));
    long budget = minimumBytes(samples, options) + 3 * MIB;
    try (WriterRig rig = new WriterRig(budget, 2);
        MemoryStore store = store()) {
      List<CompletableFuture<FragmentWriter.Written>> writers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        String fragment = "fragment-" + i;
        CompletableFuture<FragmentWriter.Written> written = new CompletableFuture<>();
        writers.add(written);
        Thread.ofVirtual()
            .start(() -> {
              try (FragmentWriter writer = rig.writer(store, fragment, SCHEMA, options)) {
                samples.appendTo(writer, 25);
                written.complete(writer.finish());
              } catch (RuntimeException | Error e) {
                written.completeExceptionally(e);
              }
            });
      }
      assertThat(writers)
          .extracting(written -> written.join().entry().digest())
          .containsOnly(writers.getFirst().join().entry().digest());
    }
  }
}
