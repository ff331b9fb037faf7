package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.store.ByteRange;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class ServedRangesTest {
  private static final InetSocketAddress A = InetSocketAddress.createUnresolved("a", 80);
  private static final InetSocketAddress B = InetSocketAddress.createUnresolved("b", 80);

  private final ServedRanges served = new ServedRanges();

  private static ByteRange range(long from, long to) {
    return new ByteRange(from, to - from);
  }

  @Test
  void addressThatBroughtTheLastOfTheBytesIsAvoided_once() {
    served.add("k", range(0, 100), A);
    served.add("k", range(100, 200), B);
    served.distrust("k", range(50, 150));

    assertThat(served.avoid("k", range(50, 150))).contains(B);
    assertThat(served.avoid("k", range(50, 150))).isEmpty();
  }

  @Test
  void readsOfOtherBytesAvoidNobody() {
    served.add("k", range(0, 100), A);
    served.distrust("k", range(20, 30));

    assertThat(served.avoid("other", range(20, 30))).isEmpty();
    assertThat(served.avoid("k", range(0, 20))).isEmpty();
    assertThat(served.avoid("k", range(30, 100))).isEmpty();
    assertThat(served.avoid("k", range(29, 31))).contains(A);
  }

  @Test
  void nobodyIsAvoided_whenItIsNotKnownWhoBroughtTheBytes() {
    served.add("k", range(0, 100), A);
    served.distrust("k", range(100, 200));
    served.distrust("other", range(0, 100));

    assertThat(served.avoid("k", range(0, 200))).isEmpty();
    assertThat(served.avoid("other", range(0, 200))).isEmpty();
  }

  @Test
  void thousandRangesAreKnown_andSixtyFourDistrusted() {
    for (int i = 0; i < 1025; i++) {
      served.add("k" + i, range(0, 10), A);
    }
    for (int i = 0; i < 66; i++) {
      served.distrust("k" + i, range(0, 10));
    }

    assertThat(served.avoid("k0", range(0, 10))).as("forgotten before").isEmpty();
    assertThat(served.avoid("k1", range(0, 10))).as("the oldest of 65").isEmpty();
    for (int i = 2; i < 66; i++) {
      assertThat(served.avoid("k" + i, range(0, 10))).contains(A);
    }
  }
}
