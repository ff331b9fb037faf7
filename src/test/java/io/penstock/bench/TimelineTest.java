package io.penstock.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimelineTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 239, 240, 241, 480, 481, 1000, 12_345})
  void nothingIsLost_whateverTheNumberOfBatches(int batches) {
    Timeline timeline = new Timeline();
    for (int i = 1; i <= batches; i++) {
      timeline.add(i * 1_000_000_000L, 3, i * 1_000_000L);
    }

    List<EpochResult.Slice> slices = timeline.slices();

    assertThat(slices).hasSizeLessThanOrEqualTo(240);
    assertThat(slices).hasSizeGreaterThanOrEqualTo(Math.min(batches, 120));
    assertThat(slices.stream().mapToLong(EpochResult.Slice::samples).sum()).isEqualTo(3L * batches);
    assertThat(slices).extracting(EpochResult.Slice::untilSeconds).isSorted();
    if (batches > 0) {
      assertThat(slices.getLast())
          .extracting("untilSeconds", "longestWaitMillis")
          .containsExactly((double) batches, (double) batches);
      assertThat(slices.subList(0, slices.size() - 1))
          .allSatisfy(slice -> assertThat(slice.samples()).isEqualTo(slices.getFirst().samples()));
    }
  }
}
