package io.penstock.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.RefusedException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BoxCopyTest {
  @Test
  void everyElementLandsWhereItsIndexSays_whenBoxesAreRandom() {
    long seed = 4711;
    Random random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      int rank = random.nextInt(5);
      long[] box = new long[rank];
      long[] from = new long[rank];
      long[] to = new long[rank];
      long[] fromOrigin = new long[rank];
      long[] toOrigin = new long[rank];
      for (int axis = 0; axis < rank; axis++) {
        box[axis] = random.nextInt(4);
        fromOrigin[axis] = random.nextInt(2);
        toOrigin[axis] = random.nextInt(2);
        from[axis] = fromOrigin[axis] + box[axis] + random.nextInt(2);
        to[axis] = toOrigin[axis] + box[axis] + random.nextInt(2);
      }
      checkCopy("seed " + seed + " round " + round, box, from, fromOrigin, to, toOrigin);
    }
  }

  private static void checkCopy(
      String what, long[] box, long[] from, long[] fromOrigin, long[] to, long[] toOrigin) {
    int[] source = new int[Math.toIntExact(Shape.of(from).elements())];
    for (int i = 0; i < source.length; i++) {
      source[i] = i + 1;
    }
    int[] target = new int[Math.toIntExact(Shape.of(to).elements())];
    BoxCopy.copy(
        new BoxCopy.Side(MemorySegment.ofArray(source), Shape.of(from), Shape.of(fromOrigin)),
        new BoxCopy.Side(MemorySegment.ofArray(target), Shape.of(to), Shape.of(toOrigin)),
        Shape.of(box),
        Integer.BYTES);
    for (int at = 0; at < target.length; at++) {
      assertThat(target[at])
          .as(what + " element " + at)
          .isEqualTo(expected(at, box, from, fromOrigin, to, toOrigin));
    }
  }

  /// The source's element number plus 1, or 0 outside the box.
  private static int expected(
      int at, long[] box, long[] from, long[] fromOrigin, long[] to, long[] toOrigin) {
    long source = 0;
    long rest = at;
    long stride = 1;
    for (int axis = to.length - 1; axis >= 0; axis--) {
      long inBox = rest % to[axis] - toOrigin[axis];
      rest /= to[axis];
      if (inBox < 0 || inBox >= box[axis]) {
        return 0;
      }
      source += (fromOrigin[axis] + inBox) * stride;
      stride *= from[axis];
    }
    return Math.toIntExact(source + 1);
  }

  @Test
  void refuses_whenTheBoxReachesBeyondAnArray() {
    MemorySegment memory = MemorySegment.ofArray(new byte[12]);
    BoxCopy.Side whole = new BoxCopy.Side(memory, Shape.of(3, 4), Shape.of(0, 0));
    BoxCopy.Side shifted = new BoxCopy.Side(memory, Shape.of(3, 4), Shape.of(0, 2));
    assertThatThrownBy(() -> BoxCopy.copy(whole, shifted, Shape.of(1, 3), 1))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("axis 1");
  }

  @Test
  void refuses_whenMemoryIsShorterThanItsArray() {
    MemorySegment memory = MemorySegment.ofArray(new byte[12]);
    BoxCopy.Side whole = new BoxCopy.Side(memory, Shape.of(3, 4), Shape.of(0, 0));
    BoxCopy.Side cut = new BoxCopy.Side(memory.asSlice(0, 11), Shape.of(3, 4), Shape.of(0, 0));
    assertThatThrownBy(() -> BoxCopy.copy(whole, cut, Shape.of(1, 1), 1))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("11");
    assertThat(memory.get(ValueLayout.JAVA_BYTE, 0)).isZero();
  }
}
