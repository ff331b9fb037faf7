package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.RefusedException;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Streams come in the proportions that were asked for, and each without a hole.
class MixedOrderTest {
  /// Sentences O1-MIX-02, O1-MIX-03 and O1-MIX-04.
  @Test
  void everyBlockHasTheExactShareOfEachStream() {
    MixedOrder mixed = MixedOrder.of(7, List.of(new MixSegment(0, List.of(1L, 2L, 4L))));
    for (int block = 0; block < 20; block++) {
      int[] counts = new int[3];
      for (int i = 0; i < MixedOrder.BLOCK; i++) {
        counts[mixed.stream((long) block * MixedOrder.BLOCK + i)]++;
      }
      assertThat(counts).containsExactly(146, 293, 585);
    }
  }

  @Test
  void equalRemaindersGoToTheFirstStreams() {
    assertThat(new MixSegment(0, List.of(1L, 1L, 1L)).quotas(1024)).containsExactly(342, 341, 341);
    assertThat(new MixSegment(0, List.of(1L, 0L, 1L << 32)).quotas(8)).containsExactly(0, 0, 8);
  }

  /// Sentence O1-MIX-05.
  @Test
  void eachStreamGoesOnWithoutAHole_whenWeightsChangeAnywhere() {
    MixedOrder mixed =
        MixedOrder.of(
            7,
            List.of(
                new MixSegment(0, List.of(3L, 1L, 0L)),
                new MixSegment(1, List.of(1L, 1L, 1L)),
                new MixSegment(3_333, List.of(0L, 0L, 5L)),
                new MixSegment(4_357, List.of(10L, 1L, 1L))));
    int positions = 10_000;
    int[] streams = new int[positions];
    long[] indexes = new long[positions];
    mixed.fill(0, streams, indexes);
    long[] next = new long[3];
    for (int i = 0; i < positions; i++) {
      assertThat(indexes[i]).isEqualTo(next[streams[i]]++);
      if (i % 7 == 0) {
        assertThat(mixed.stream(i)).isEqualTo(streams[i]);
        assertThat(mixed.index(i)).isEqualTo(indexes[i]);
      }
    }
    int[] resumed = new int[100];
    long[] resumedIndexes = new long[100];
    mixed.fill(4_300, resumed, resumedIndexes);
    assertThat(resumed).containsExactly(java.util.Arrays.copyOfRange(streams, 4_300, 4_400));
    assertThat(resumedIndexes).containsExactly(java.util.Arrays.copyOfRange(indexes, 4_300, 4_400));
  }

  @Test
  void whatCameBeforeStays_whenASegmentIsAdded() {
    MixSegment first = new MixSegment(0, List.of(3L, 2L));
    MixedOrder before = MixedOrder.of(1, List.of(first));
    MixedOrder after = MixedOrder.of(1, List.of(first, new MixSegment(2_500, List.of(1L, 9L))));
    for (long i = 0; i < 2_500; i++) {
      assertThat(after.stream(i)).isEqualTo(before.stream(i));
    }
  }

  @Test
  void ranksTakeEqualParts() {
    MixedOrder mixed = MixedOrder.of(1, List.of(new MixSegment(0, List.of(3L, 2L))));
    int[] taken = new int[4];
    for (long i = 0; i < 12; i++) {
      taken[(int) mixed.rank(i, 4, 12)]++;
    }
    assertThat(taken).containsOnly(3);
    assertThatThrownBy(() -> mixed.rank(0, 5, 12)).isInstanceOf(RefusedException.class);
  }

  /// Sentences O1-MIX-01 and O1-MIX-06.
  @Test
  void mixesThatCannotBeMadeAreRefused() {
    assertRefused("too small", new MixSegment(0, List.of(1L, 1_000_000L)));
    assertRefused("start at 0", new MixSegment(1, List.of(1L)));
    assertRefused("segment 1", new MixSegment(0, List.of(1L)), new MixSegment(0, List.of(1L)));
    assertRefused("segment 1", new MixSegment(0, List.of(1L)), new MixSegment(9, List.of(1L, 1L)));
    assertRefused("start at 0");
    assertThatThrownBy(() -> new MixSegment(0, List.of(0L, 0L)))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> new MixSegment(0, List.of(1L, -1L))).hasMessageContaining("weight -1");
  }

  private static void assertRefused(String words, MixSegment... segments) {
    assertThatThrownBy(() -> MixedOrder.of(1, List.of(segments)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(words);
  }
}
