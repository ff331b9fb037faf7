package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.TensorExtent;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.Shape;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What orders are chosen from.
class FiguresTest {
  private static final int ROWS = 64;
  private static final int GROUP = 16;

  private final WrittenVersion version = new WrittenVersion(Shape.of(8), 300);

  private FragmentEntry written() {
    try (MemoryStore store = new MemoryStore(() -> Instant.EPOCH)) {
      version.fragment(store, new Random(5), ROWS, GROUP, "none");
    }
    return version.content().fragments().getFirst();
  }

  @Test
  void gapsOfRaggedValuesAreNotCounted_asFarAsTheRecordsTell() {
    FragmentEntry fragment = written();
    VersionContent content = version.content();
    Layout layout = content.layout(fragment);
    TensorSpec text = content.schema().find("text").orElseThrow();
    TensorExtent extent = fragment.extent("text");
    long samples = 0;
    for (long row = 0; row < ROWS; row++) {
      samples += version.sample("text", row).length;
    }

    long decoded = Figures.decodedBytes(text, fragment, layout);

    assertThat(decoded)
        .isEqualTo(ROWS / GROUP * extent.largestGroupBytes())
        .isBetween(samples, extent.valueElements() - 1);
    assertThat(Figures.of(content).decodedBytes()).isEqualTo(decoded + ROWS * (8 + 8));
  }

  @Test
  void valuesAreTheBound_whenOneGroupIsLargerThanAllOthersTogether() {
    FragmentEntry fragment = written();
    Layout layout = version.content().layout(fragment);
    TensorSpec text = version.content().schema().find("text").orElseThrow();
    TensorExtent large = new TensorExtent("text", 1, 1_000, 900, 900);
    FragmentEntry uneven = withExtent(fragment, large);
    assertThat(Figures.decodedBytes(text, uneven, layout)).isEqualTo(1_000);
    assertThat(
            Figures.decodedBytes(
                text, withExtent(fragment, new TensorExtent("text", 1, 0, 0, 0)), layout))
        .isZero();
  }

  private static FragmentEntry withExtent(FragmentEntry of, TensorExtent extent) {
    return new FragmentEntry(
        of.id(),
        of.layout(),
        of.rows(),
        of.firstSampleId(),
        of.bytes(),
        of.digest(),
        of.metadataDigest(),
        List.of(extent),
        of.shuffle());
  }
}
