package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TailStealTest {
  private static final long MILLIS = 1_000_000;
  private static final long MIB = 1 << 20;
  private static final long USUAL = 60_000_000;

  @Test
  void asMuchIsTakenAsMakesBothReadyAtOnce_whenABodyIsATenthAsFast() {
    long received = 1_200_000; // in 200 ms: 6 MB/s

    assertThat(TailSteal.end(12_200_000, received, 200 * MILLIS, 30 * MILLIS, USUAL))
        .hasValue(12_200_000 - 10_000_000);
  }

  @Test
  void nearlyEverythingIsTaken_whenNothingHasCome() {
    assertThat(TailSteal.end(8 * MIB, 0, 200 * MILLIS, 30 * MILLIS, USUAL)).hasValue(1);
  }

  @Test
  void bodyIsLeftAlone_whenItsSpeedIsUsualOrLittleIsMissingOrItHasJustBegun() {
    assertThat(TailSteal.end(64 * MIB, 12 * MIB, 200 * MILLIS, 30 * MILLIS, USUAL)).isEmpty();
    assertThat(TailSteal.end(8 * MIB, 8 * MIB - 16_000, 10_000 * MILLIS, 30 * MILLIS, USUAL))
        .isEmpty();
    assertThat(TailSteal.end(8 * MIB, 1, 99 * MILLIS, 30 * MILLIS, USUAL)).isEmpty();
    assertThat(TailSteal.end(8 * MIB, MIB, 500 * MILLIS, 2_000 * MILLIS, USUAL)).isEmpty();
  }
}
