package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.format.Digest;
import io.penstock.format.FragmentEntry;
import io.penstock.format.LabelSketch;
import io.penstock.format.Layout;
import io.penstock.format.ObjectKeys;
import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.load.RunCorrelation;
import io.penstock.store.MemoryStore;
import io.penstock.store.PutCondition;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.testing.CountingStore;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// What predictions cost: one request for each fragment, and not too many.
class SketchedCorrelationTest {
  private static final TensorSpec LABEL = TensorSpec.of("label", DataType.INT64, Shape.SCALAR);
  private static final int ROWS = 40_000;

  /// Fragments of which nothing is there but their entries.
  private static VersionContent content(int fragments) {
    List<FragmentEntry> entries =
        IntStream.range(0, fragments)
            .mapToObj(i ->
                new FragmentEntry(
                    "fragment-" + i,
                    0,
                    ROWS,
                    (long) i * ROWS,
                    0,
                    Digest.sha256(new byte[0]),
                    Digest.sha256(new byte[0]),
                    List.of(),
                    Optional.empty()))
            .toList();
    return new VersionContent(
        new Schema(List.of(LABEL)), List.of(new Layout(ROWS, List.of())), entries);
  }

  private static CountingStore store(VersionContent content, int labels) {
    long[] different = LongStream.range(0, labels).toArray();
    long[] counts = LongStream.range(0, labels).map(_ -> ROWS / labels).toArray();
    counts[0] += ROWS % labels;
    long pairs = LongStream.of(counts).map(count -> count * (count - 1) / 2).sum();
    byte[] sketch = new LabelSketch(ROWS, ROWS, new long[] {pairs}, different, counts).encode();
    MemoryStore objects = new MemoryStore(() -> Instant.EPOCH);
    for (FragmentEntry entry : content.fragments()) {
      objects.put(
          ObjectKeys.sketch(entry.id(), "label"), MemorySegment.ofArray(sketch), PutCondition.NONE);
    }
    return new CountingStore(objects);
  }

  @Test
  void itTakesOneRequestForEachFragment() {
    VersionContent content = content(130);
    try (CountingStore store = store(content, 10)) {
      assertThat(SketchedCorrelation.read(store, content, LABEL)).isPresent();
      assertThat(store.requests()).isEqualTo(130);
    }
  }

  @Test
  void nothingIsAsked_whenThereAreTooManyFragments_orTheTensorHasNoLabels() {
    VersionContent content = content(4097);
    try (CountingStore store = store(content(1), 10)) {
      assertThat(SketchedCorrelation.read(store, content, LABEL)).isEmpty();
      TensorSpec picture = TensorSpec.of("label", DataType.INT64, Shape.of(2));
      assertThat(SketchedCorrelation.read(store, content(1), picture)).isEmpty();
      assertThat(SketchedCorrelation.read(store, content(0), LABEL)).isEmpty();
      assertThat(store.requests()).isZero();
    }
  }

  @Test
  void itIsGivenUpSoon_whenThereAreTooManyLabels() {
    VersionContent content = content(400);
    try (CountingStore store = store(content, LabelSketch.MAX_LABELS)) {
      Optional<RunCorrelation> found = SketchedCorrelation.read(store, content, LABEL);
      assertThat(found).isEmpty();
      // 2^22 labels are those of 128 fragments, and 64 are asked for at once.
      assertThat(store.requests()).isEqualTo(192);
    }
  }
}
