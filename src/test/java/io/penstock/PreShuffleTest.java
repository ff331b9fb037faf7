package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.RefusedException;
import io.penstock.format.Digest;
import io.penstock.format.WriteShuffle;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.testing.Fault;
import io.penstock.testing.Faults;
import io.penstock.testing.SimulatedCrash;
import io.penstock.testing.SimulatedStore;
import io.penstock.testing.SimulatedWorld;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Samples that are shuffled while they are written, as users do it.
class PreShuffleTest {
  private static final long MIB = 1L << 20;

  private final Penstock penstock = Penstock.builder().memory(64 * MIB).threads(2).build();
  private final Dataset dataset = penstock.create(new MemoryStore(() -> Instant.EPOCH));

  @AfterEach
  void close() {
    dataset.close();
    penstock.close();
  }

  private DatasetWriter.Builder writer() {
    return writer(dataset);
  }

  private static DatasetWriter.Builder writer(Dataset dataset) {
    return dataset
        .writer()
        .tensor("picture", DataType.UINT8, Shape.of(10, 10))
        .tensor("label", DataType.INT32, Shape.SCALAR);
  }

  /// Pictures sorted by label, all pixels of which are the label.
  private static void append(DatasetWriter writer, int samples, int samplesPerCall) {
    for (int from = 0; from < samples; from += samplesPerCall) {
      int[] labels =
          IntStream.range(from, Math.min(samples, from + samplesPerCall))
              .map(sample -> sample * 10 / samples)
              .toArray();
      byte[] pixels = new byte[100 * labels.length];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (byte) labels[i / 100];
      }
      writer.append(Samples.of(labels.length).with("picture", pixels).with("label", labels));
      assertThat(writer.samples()).isEqualTo(from + labels.length);
    }
  }

  private Version write(DatasetWriter.Builder settings, int samplesPerCall) {
    try (DatasetWriter writer = settings.open()) {
      append(writer, 5000, samplesPerCall);
      return writer.commit("");
    }
  }

  @Test
  void nothingIsVisible_whenTheWriterIsClosedInTheMiddleOfAWindow() {
    try (DatasetWriter writer = writer().preShuffle(MIB).open()) {
      append(writer, 2000, 100);
    }
    assertThat(dataset.version().samples()).isZero();
    assertThat(dataset.version().fragments()).isZero();
  }

  @Test
  void allSamplesAreThereOrNone_whenTheWriterDiesAtAnyRequest() {
    long requests = 0;
    boolean died = true;
    while (died) {
      for (Fault way : List.of(Fault.CRASH_BEFORE, Fault.CRASH_AFTER)) {
        died = dies(requests, way);
      }
      requests++;
    }
    assertThat(requests).as("the last one was not reached").isGreaterThan(8);
  }

  private boolean dies(long request, Fault way) {
    SimulatedWorld world = new SimulatedWorld(request);
    penstock.create(world.process("creator", Faults.none())).close();
    boolean died = false;
    SimulatedStore writer = world.process("writer", Faults.crashAt(request, way));
    try (Dataset other = penstock.open(writer)) {
      write(writer(other).preShuffle(100_000, 5), 500);
    } catch (SimulatedCrash e) {
      died = true;
    }
    world.settle();
    try (Dataset after = penstock.open(world.process("reader", Faults.none()))) {
      assertThat(after.version().samples()).as("%s at %s", way, request).isIn(0L, 5000L);
      assertThat(after.verify(Ref.branch("main"), 1, _ -> {}).problems()).isZero();
      long before = after.version().samples();
      assertThat(write(writer(after).preShuffle(100_000, 5), 500).samples())
          .isEqualTo(before + 5000);
    }
    return died;
  }

  @Test
  void theVersionSaysHowItWasShuffled() {
    Version version = write(writer().preShuffle(100_000, 5), 999);
    assertThat(version.samples()).isEqualTo(5000);
    // 100 pixels, 4 bytes of label and 8 to find the sample again.
    assertThat(version.content().fragments().getFirst().shuffle())
        .contains(new WriteShuffle("tumbling", 5, 100_000 / 112, 100_000));
  }

  @Test
  void theDigestFollowsFromSamplesWindowAndSeed() {
    Digest digest = write(writer().preShuffle(100_000, 5), 999).digest();
    assertThat(digestElsewhere(100_000, 5)).isEqualTo(digest);
    assertThat(digestElsewhere(100_000, 6)).isNotEqualTo(digest);
    assertThat(digestElsewhere(100_112, 5)).isNotEqualTo(digest);
  }

  private Digest digestElsewhere(long bytes, long seed) {
    try (Dataset other = penstock.create(new MemoryStore(() -> Instant.EPOCH))) {
      return write(writer(other).preShuffle(bytes, seed), 7).digest();
    }
  }

  @Test
  void aWindowThatDoesNotFitIsRefusedAtOnce_andTheBranchStaysFree() {
    assertThatThrownBy(() -> writer().preShuffle(65 * MIB).open())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("exceeds the memory budget of " + 64 * MIB);
    assertThatThrownBy(() -> writer().preShuffle(0)).isInstanceOf(RefusedException.class);
    assertThat(write(writer().preShuffle(MIB), 5000).samples()).isEqualTo(5000);
  }
}
