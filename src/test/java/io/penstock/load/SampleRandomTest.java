package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SampleRandomTest {
  private static long[] first(SampleRandom random) {
    return LongStream.range(0, 4).map(_ -> random.nextLong()).toArray();
  }

  @Test
  void numbersFollowFromSeedEpochAndSample() {
    assertThat(first(SampleRandom.of(1, 2, 3))).isEqualTo(first(SampleRandom.of(1, 2, 3)));
    Set<Long> seen = new HashSet<>();
    for (long seed = 0; seed < 10; seed++) {
      for (long epoch = 0; epoch < 10; epoch++) {
        for (long id = 0; id < 100; id++) {
          for (long number : first(SampleRandom.of(seed, epoch, id))) {
            assertThat(seen.add(number)).isTrue();
          }
        }
      }
    }
  }

  @Test
  void usesHaveNumbersOfTheirOwn_whateverWasDrawnBefore() {
    SampleRandom random = SampleRandom.of(1, 2, 3);
    long[] ofUse = first(random.of(0));
    long[] own = first(random);
    assertThat(first(random.of(0))).isEqualTo(ofUse);
    assertThat(first(random.of(1))).doesNotContain(ofUse).doesNotContain(own);
    assertThat(ofUse).doesNotContain(own);
  }

  @Test
  void numbersAreEven_overManySamples() {
    double sum = 0;
    int heads = 0;
    for (long id = 0; id < 100_000; id++) {
      SampleRandom random = SampleRandom.of(42, 0, id);
      sum += random.nextDouble();
      heads += random.nextBoolean() ? 1 : 0;
    }
    assertThat(sum / 100_000).isBetween(0.497, 0.503);
    assertThat(heads).isBetween(49_300, 50_700);
  }

  @Test
  void numbersStayAsTheyAre_whenTheLibraryChanges() {
    assertThat(first(SampleRandom.of(42, 1, 7)))
        .containsExactly(
            -2360172345176928548L,
            -5945818719778863415L,
            -1862791555328327284L,
            7348360074416903210L);
  }
}
