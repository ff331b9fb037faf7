package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatencyTrackTest {
  private static final long MILLIS = 1_000_000;
  private static final long CHUNK = 8 << 20;
  private final LatencyTrack track = new LatencyTrack();

  @Test
  void nothingIsHedged_whileTooLittleIsKnown() {
    for (int i = 0; i < 19; i++) {
      track.began(CHUNK, 30 * MILLIS);
    }
    assertThat(track.hedgeDelayNanos(CHUNK)).isEmpty();
    track.began(CHUNK, 30 * MILLIS);
    assertThat(track.hedgeDelayNanos(CHUNK)).hasValue(200 * MILLIS);
    assertThat(track.hedgeDelayNanos(CHUNK + 1)).isEmpty();
  }

  @Test
  void delayIsOneAndAHalfTimesWhatNineteenOfTwentyKeep() {
    for (int i = 1; i <= 256; i++) {
      track.began(CHUNK, i * 2L * MILLIS);
    }
    assertThat(track.hedgeDelayNanos(CHUNK)).hasValue(732 * MILLIS);
    assertThat(track.usualFirstByteNanos()).hasValue(256 * MILLIS);
  }

  @Test
  void oldAnswersAreForgotten() {
    for (int i = 0; i < 256; i++) {
      track.began(1, 1_000 * MILLIS);
    }
    for (int i = 0; i < 256; i++) {
      track.began(1, 10 * MILLIS);
    }
    assertThat(track.usualFirstByteNanos()).hasValue(10 * MILLIS);
  }

  @Test
  void speedIsThatOfTheMiddleBody() {
    for (int i = 0; i < 30; i++) {
      track.came(CHUNK, i < 20 ? 100 * MILLIS : 2_000 * MILLIS);
      track.came(CHUNK, 0);
    }
    assertThat(track.usualBytesPerSecond()).hasValue(CHUNK * 10);
  }
}
