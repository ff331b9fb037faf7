package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// An event loop is woken when some milliseconds' worth of a body has come, and for every byte when
/// waiting would hide something.
class LowWaterMarkTest {
  private static final long BODY = 8 << 20;
  private static final long MILLISECOND = 1_000_000;

  private final AtomicLong clock = new AtomicLong(17);
  private final LowWaterMark mark = new LowWaterMark(clock::get);

  @Test
  void nothingIsSet_beforeMuchOfTheBodyHasCome() {
    assertThat(mark.change(BODY)).isEmpty();
    clock.addAndGet(MILLISECOND);
    assertThat(mark.change(BODY - LowWaterMark.LEAST + 1)).isEmpty();
  }

  @Test
  void markIsWhatComesInFiveMilliseconds_asAPowerOfTwo() {
    mark.change(BODY);
    clock.addAndGet(2 * MILLISECOND);

    // 64 KiB in 2 ms: 160 KiB in 5
    assertThat(mark.change(BODY - (64 << 10))).isEqualTo(OptionalInt.of(128 << 10));
  }

  @Test
  void markIsToldOnce_andAgainWhenTheRateHasChanged() {
    mark.change(BODY);
    clock.addAndGet(2 * MILLISECOND);
    mark.change(BODY - (64 << 10));
    clock.addAndGet(2 * MILLISECOND);
    assertThat(mark.change(BODY - (128 << 10))).isEmpty();
    clock.addAndGet(MILLISECOND);

    assertThat(mark.change(BODY - (640 << 10))).isEqualTo(OptionalInt.of(512 << 10));
  }

  @Test
  void markIsNeverMoreThanTheMost_howeverFastABodyIs() {
    mark.change(BODY);

    assertThat(mark.change(BODY - (64 << 10))).isEqualTo(OptionalInt.of(LowWaterMark.MOST));
  }

  @Test
  void everyByteWakes_whileABodyIsSlow() {
    mark.change(BODY);
    clock.addAndGet(6 * MILLISECOND);

    assertThat(mark.change(BODY - (64 << 10))).as("53 KiB in 5 ms").isEmpty();
  }

  @Test
  void everyByteWakes_whenAFastBodyHasBecomeSlow() {
    mark.change(BODY);
    mark.change(BODY - (1 << 20));
    clock.addAndGet(100 * MILLISECOND);

    assertThat(mark.change(BODY - (1 << 20) - 1)).isEqualTo(OptionalInt.of(1));
  }

  @Test
  void noMoreIsAwaitedThanIsStillToCome() {
    mark.change(BODY);
    mark.change(BODY - (1 << 20));

    assertThat(mark.change(300 << 10)).isEqualTo(OptionalInt.of(256 << 10));
    assertThat(mark.change(200 << 10)).isEqualTo(OptionalInt.of(128 << 10));
    assertThat(mark.change(95 << 10)).as("of which 32 may be decrypted soon").hasValue(1);
    assertThat(mark.change(0)).isEmpty();
  }

  @Test
  void nextBodyBeginsAnew_asSlowAsItIs() {
    mark.change(BODY);
    mark.change(BODY - (1 << 20));
    assertThat(mark.change(0)).hasValue(1);
    clock.addAndGet(MILLISECOND);

    assertThat(mark.change(BODY)).isEmpty();
    clock.addAndGet(100 * MILLISECOND);
    assertThat(mark.change(BODY - (64 << 10))).isEmpty();
  }
}
