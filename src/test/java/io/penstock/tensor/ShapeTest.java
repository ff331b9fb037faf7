package io.penstock.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import org.junit.jupiter.api.Test;

class ShapeTest {
  @Test
  void countsElementsAndBytes() {
    Shape shape = Shape.of(4, 3, 2);

    assertThat(shape.rank()).isEqualTo(3);
    assertThat(shape.elements()).isEqualTo(24);
    assertThat(shape.productFrom(1)).isEqualTo(6);
    assertThat(shape.productFrom(3)).isEqualTo(1);
    assertThat(shape.bytes(DataType.COMPLEX128)).isEqualTo(384);
  }

  @Test
  void hasOneElement_whenItIsAScalar() {
    assertThat(Shape.of()).isSameAs(Shape.SCALAR);
    assertThat(Shape.SCALAR.elements()).isEqualTo(1);
    assertThatThrownBy(Shape.SCALAR::dropFirst).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void hasNoElements_whenADimensionIsEmpty() {
    assertThat(Shape.of(Shape.MAX_DIMENSION, Shape.MAX_DIMENSION, 0).elements()).isZero();
  }

  @Test
  void countsExactly_upToTheLargestLong() {
    assertThat(Shape.of(1L << 52, 1L << 10).elements()).isEqualTo(1L << 62);
    assertLimit(() -> Shape.of(1L << 52, 1L << 11).elements(), "2^63-1");
    assertLimit(() -> Shape.of(1L << 52, 1L << 10).bytes(DataType.INT16), "2^63-1");
  }

  @Test
  void refusesADimension_whenItIsOutOfBounds() {
    assertThat(Shape.of(Shape.MAX_DIMENSION).dimension(0)).isEqualTo((1L << 53) - 1);
    assertLimit(() -> Shape.of(1L << 53), "9007199254740992");
    assertLimit(() -> Shape.of(-2), "-2");
  }

  @Test
  void refusesARank_aboveThirtyTwo() {
    Shape largest = Shape.of(new long[32]);

    assertThat(largest.rank()).isEqualTo(32);
    assertLimit(() -> Shape.of(new long[33]), "rank 33");
    assertLimit(() -> largest.prepend(1), "rank 33");
  }

  @Test
  void hasNoElementCount_whenItIsRagged() {
    Shape ragged = Shape.of(Shape.RAGGED, 3, 2);

    assertThat(ragged.ragged()).isTrue();
    assertThat(Shape.of(3, 2).ragged()).isFalse();
    assertThat(ragged.productFrom(1)).isEqualTo(6);
    assertThatThrownBy(ragged::elements).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> Shape.of(0, Shape.RAGGED).elements())
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void gainsAndLosesTheOutermostDimension() {
    assertThat(Shape.of(3, 2).prepend(5)).isEqualTo(Shape.of(5, 3, 2));
    assertThat(Shape.of(5, 3, 2).dropFirst()).isEqualTo(Shape.of(3, 2));
    assertThat(Shape.SCALAR.prepend(5).dropFirst()).isSameAs(Shape.SCALAR);
  }

  @Test
  void isAValue_whateverHappensToTheArray() {
    long[] dimensions = {3, 2};
    Shape shape = Shape.of(dimensions);
    dimensions[0] = 7;
    shape.toArray()[1] = 7;

    assertThat(shape).isEqualTo(Shape.of(3, 2)).hasSameHashCodeAs(Shape.of(3, 2));
    assertThat(shape).isNotEqualTo(Shape.of(2, 3)).hasToString("[3, 2]");
  }

  private static void assertLimit(Runnable call, String words) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED))
        .hasMessageContaining(words);
  }
}
