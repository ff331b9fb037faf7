package io.penstock.testing.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static double[] millis(Pace.FirstBytes firstBytes) {
    SplittableRandom random = new SplittableRandom(1);
    double[] millis = new double[100_000];
    Arrays.setAll(millis, _ -> firstBytes.next(random).toNanos() / 1e6);
    Arrays.sort(millis);
    return millis;
  }

  @Test
  void firstBytesAreSpreadAsAsked() {
    double[] millis = millis(Pace.OBJECT_STORE.firstBytes());

    assertThat(millis[50_000]).isBetween(29.5, 30.5);
    assertThat(millis[98_900]).isBetween(180.0, 220.0);
    assertThat(Arrays.stream(millis).filter(each -> each == 5_000).count()).isBetween(70L, 130L);
  }

  @Test
  void everythingIsFiveTimesAsSlow_whenSlowedDownFivefold() {
    Pace slow = Pace.OBJECT_STORE.slower(5);

    assertThat(slow.bytesPerSecond()).isEqualTo(12_000_000);
    assertThat(millis(slow.firstBytes())[50_000]).isBetween(147.5, 152.5);
    assertThat(Pace.UNLIMITED.slower(5)).isEqualTo(Pace.UNLIMITED);
  }

  @Test
  void allBeginAtTheSameTime_whenThatIsAsked() {
    assertThat(millis(Pace.FirstBytes.after(Duration.ofMillis(7)))).containsOnly(7);
    assertThat(millis(Pace.FirstBytes.AT_ONCE)).containsOnly(0);
  }
}
