package io.penstock.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.RefusedException;
import org.junit.jupiter.api.Test;

class RegionTest {
  private static final Shape ARRAY = Shape.of(10, 4);

  @Test
  void coversTheArray_whenItIsAllOfIt() {
    Region all = Region.all(ARRAY);

    assertThat(all.origin()).isEqualTo(Shape.of(0, 0));
    assertThat(all.shape()).isEqualTo(ARRAY);
    assertThat(all.checkWithin(ARRAY)).isSameAs(all);
  }

  @Test
  void holdsWholeSamples_whenItIsARangeOfThem() {
    Region region = Region.samples(3, 7, Shape.of(4));

    assertThat(region).isEqualTo(new Region(Shape.of(3, 0), Shape.of(4, 4)));
    assertThat(region.end(0)).isEqualTo(7);
    assertThat(region.end(1)).isEqualTo(4);
    assertThat(Region.samples(3, 3, Shape.of(4)).shape().elements()).isZero();
  }

  @Test
  void mayEndWithTheArray_butNotBehindIt() {
    Region.samples(8, 10, Shape.of(4)).checkWithin(ARRAY);

    assertThatThrownBy(() -> Region.samples(8, 11, Shape.of(4)).checkWithin(ARRAY))
        .isInstanceOf(RefusedException.class)
        .hasMessage("region ends at 11 on axis 0 of length 10");
    assertThatThrownBy(() -> Region.samples(8, 10, Shape.of(5)).checkWithin(ARRAY))
        .hasMessage("region ends at 5 on axis 1 of length 4");
  }

  @Test
  void doesNotOverflow_whenOriginAndShapeAreTheLargest() {
    Shape largest = Shape.of(Shape.MAX_DIMENSION);

    assertThatThrownBy(() -> new Region(largest, largest).checkWithin(largest))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void isRefused_whenTheRanksDiffer() {
    assertThatThrownBy(() -> new Region(Shape.of(0), ARRAY)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> Region.all(Shape.of(4)).checkWithin(ARRAY))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("rank 1");
  }

  @Test
  void isRefused_whenARangeOfSamplesIsNone() {
    for (long[] range : new long[][] {{3, 2}, {4, 2}, {-1, 2}}) {
      assertThatThrownBy(() -> Region.samples(range[0], range[1], Shape.of(4)))
          .isInstanceOf(RefusedException.class)
          .hasMessage("samples from " + range[0] + " to " + range[1] + " are no range");
    }
  }

  @Test
  void isRefused_whenADimensionIsRagged() {
    assertThatThrownBy(() -> Region.samples(0, 2, Shape.of(Shape.RAGGED)))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> Region.all(Shape.of(Shape.RAGGED)))
        .isInstanceOf(RefusedException.class);
  }
}
