package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/// The control of concurrency against a service that is a formula: each request brings bytes at a
/// rate of its own, all of them together no more than a cap, with noise. The clock is a variable.
class GoodputControlTest {
  private static final long TICK = 20_000_000;
  private static final double REQUEST = 27e6; // 30 MB/s but for a first byte after 30 ms

  private long now;
  private double cap = 1e9;
  private double noise;
  private double demand = Double.MAX_VALUE;
  private boolean overloaded;
  private final Random random = new Random(1);
  private GoodputControl control = new GoodputControl(256, 0);

  /// The bytes that came in some seconds, divided by what the cap lets through.
  private double share(double seconds) {
    double sum = 0;
    long until = now + (long) (seconds * 1e9);
    while (now < until) {
      now += TICK;
      double inFlight = Math.min(control.level(), demand);
      double rate = overloaded ? 0 : Math.min(cap, inFlight * REQUEST);
      double bytes = rate * TICK * 1e-9 * (1 + noise * random.nextGaussian());
      sum += bytes;
      if (overloaded) {
        control.throttled(now, now);
      } else {
        control.answered();
      }
      control.sample(now, Math.max(0, (long) bytes), inFlight >= control.level());
    }
    return sum / (cap * seconds);
  }

  private int bestLevel() {
    return (int) Math.ceil(cap / REQUEST);
  }

  @Test
  void capIsReachedInThreeSecondsAndKept_fromCold() {
    for (double each : new double[] {0.3e9, 1e9, 2.5e9, 5e9}) {
      cap = each;
      control = new GoodputControl(256, now);
      share(2.5);
      assertThat(share(0.5)).as("cap %s", cap).isGreaterThan(0.9);
      assertThat(share(60)).as("cap %s", cap).isGreaterThan(0.95);
      assertThat(control.level()).as("cap %s", cap).isLessThan(3 * bestLevel());
    }
  }

  @Test
  void levelStaysNearTheBestOne_whenRatesAreNoisy() {
    for (long seed = 0; seed < 200; seed++) {
      random.setSeed(seed);
      noise = 0.15; // of 20 ms, so 3 % of a window
      now = 0;
      control = new GoodputControl(256, 0);
      share(10);
      assertThat(share(120)).as("seed %s", seed).isGreaterThan(0.93);
      assertThat(control.level()).as("seed %s", seed).isLessThan(3 * bestLevel());
    }
  }

  @Test
  void levelFollows_whenTheCapGrowsOrShrinks() {
    share(20);
    cap = 3e9;
    share(15);
    assertThat(share(5)).isGreaterThan(0.9);

    cap = 0.5e9;
    share(120);
    assertThat(control.level()).isLessThan(3 * bestLevel());
    assertThat(share(5)).isGreaterThan(0.9);
  }

  @Test
  void nothingIsLearnt_whenTheLevelIsNotReached() {
    demand = 10;

    share(30);

    assertThat(control.level()).isEqualTo(GoodputControl.FIRST);
    assertThat(control.state()).isEqualTo(GoodputControl.State.GROWING);
  }

  @Test
  void firstBatchIsSentAtOnce_upToALimit_untilSomethingIsKnown() {
    control.asked(3);
    assertThat(control.level()).isEqualTo(16);
    control.asked(40);
    assertThat(control.level()).isEqualTo(40);
    control.asked(1_000);
    assertThat(control.level()).isEqualTo(128);

    control = new GoodputControl(256, 0);
    control.answered();
    control.asked(1_000);
    assertThat(control.level()).isEqualTo(16);
  }

  @Test
  void levelIsBetweenFloorAndCeiling() {
    assertThat(new GoodputControl(8, 0).level()).isEqualTo(8);
    assertThat(new GoodputControl(1, 0).level()).isEqualTo(1);
    overloaded = true;
    share(60);
    assertThat(control.level()).isEqualTo(GoodputControl.FLOOR);

    cap = 1e12;
    overloaded = false;
    share(20);
    assertThat(control.level()).isBetween(250, 256);
  }

  @Test
  void levelIsCutOnceAtOnce_whenManyRequestsOfOneMomentAreRefused() {
    share(10);
    int before = control.level();
    for (int i = 0; i < before; i++) {
      control.throttled(now - 1, now + i);
    }

    assertThat(control.level()).isEqualTo((int) (0.7 * before));
    assertThat(control.state()).isEqualTo(GoodputControl.State.SHEDDING);
    share(0.5);
    assertThat(control.state()).isEqualTo(GoodputControl.State.GROWING);
    share(0.5);
    assertThat(control.level()).isEqualTo((int) (0.95 * before));
  }

  @Test
  void rateIsBackInTenSeconds_afterHalfAMinuteOfRefusals() {
    share(10);
    overloaded = true;
    share(30);
    overloaded = false;

    share(6);
    assertThat(share(4)).isGreaterThan(0.9);
  }
}
