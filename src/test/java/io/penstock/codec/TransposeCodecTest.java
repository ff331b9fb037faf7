package io.penstock.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TransposeCodecTest {
  private static final long SEED = 4711;

  private final CodecContext context = new CodecContext();

  @AfterEach
  void close() {
    context.close();
  }

  @Test
  void swapsRowsAndColumns_inTheGoldenExample() {
    ArraySpec plain = new ArraySpec(DataType.UINT8, Shape.of(2, 3));
    TransposeCodec codec = new TransposeCodec(List.of(1, 0));
    MemorySegment target = Segments.poisoned(6);

    codec.encode(plain, Segments.hex("010203 040506"), target, context);

    assertThat(codec.encodedArray(plain).shape()).isEqualTo(Shape.of(3, 2));
    assertThat(Segments.toHex(target)).isEqualTo("010402050306");
  }

  @Test
  void putsAxisOrderOfI_atPlaceI() {
    TransposeCodec codec = new TransposeCodec(List.of(2, 0, 1));

    assertThat(codec.encodedArray(new ArraySpec(DataType.INT8, Shape.of(5, 6, 7))).shape())
        .isEqualTo(Shape.of(7, 5, 6));
  }

  @ParameterizedTest
  @EnumSource
  void movesEveryElement_whereItsIndexSays(DataType type) {
    Random random = new Random(SEED);
    for (int round = 0; round < 60; round++) {
      long[] dimensions = new long[1 + random.nextInt(5)];
      List<Integer> order = new ArrayList<>();
      for (int axis = 0; axis < dimensions.length; axis++) {
        dimensions[axis] = 1L + random.nextInt(round % 6 == 0 && dimensions.length < 3 ? 150 : 6);
        order.add(axis);
      }
      Collections.shuffle(order, random);
      check(new ArraySpec(type, Shape.of(dimensions)), new TransposeCodec(order), round);
    }
  }

  private void check(ArraySpec plain, TransposeCodec codec, int round) {
    MemorySegment source = Segments.random(plain.bytes(), round);
    MemorySegment target = Segments.poisoned(plain.bytes());
    MemorySegment back = Segments.poisoned(plain.bytes());
    codec.encode(plain, source, target, context);
    codec.decode(plain, target, back, context);

    assertThat(target.mismatch(naive(plain, codec.order(), source)))
        .as("seed %d, round %d: %s, %s", SEED, round, plain, codec)
        .isEqualTo(-1);
    assertThat(back.mismatch(source)).as("back, round %d", round).isEqualTo(-1);
    if (codec.changesNothing(plain)) {
      assertThat(target.mismatch(source)).isEqualTo(-1);
    }
  }

  /// Element by element, by the definition.
  private static MemorySegment naive(ArraySpec plain, List<Integer> order, MemorySegment source) {
    int size = plain.type().byteCount();
    int rank = order.size();
    MemorySegment target = Segments.poisoned(plain.bytes());
    for (long element = 0; element < plain.elements(); element++) {
      long[] index = new long[rank];
      long left = element;
      for (int axis = rank - 1; axis >= 0; axis--) {
        index[axis] = left % plain.shape().dimension(axis);
        left /= plain.shape().dimension(axis);
      }
      long to = 0;
      for (int axis : order) {
        to = to * plain.shape().dimension(axis) + index[axis];
      }
      MemorySegment.copy(source, element * size, target, to * size, size);
    }
    return target;
  }

  @ParameterizedTest
  @CsvSource({"3 1 4, 0 1 2, true", "3 1 4, 1 0 2, true", "3 1 4, 2 1 0, false", "1 1, 1 0, true"})
  void changesNothing_whenOnlyAxesOfLengthOneMove(String shape, String order, boolean nothing) {
    TransposeCodec codec =
        new TransposeCodec(List.of(order.split(" ")).stream().map(Integer::valueOf).toList());
    long[] dimensions = List.of(shape.split(" ")).stream().mapToLong(Long::parseLong).toArray();

    assertThat(codec.changesNothing(new ArraySpec(DataType.INT8, Shape.of(dimensions))))
        .isEqualTo(nothing);
  }

  @Test
  void needsNoStep_whenNothingChanges() {
    ChunkCodec codec =
        CodecChain.of(
                new TransposeCodec(List.of(0, 1)),
                new BytesCodec(BytesCodec.Endian.LITTLE),
                new GzipCodec(1))
            .bind(DataType.INT16, Shape.of(3, 4));

    assertThat(codec.scratchBytes()).isZero();
  }

  @Test
  void refusesAnArray_whenItsRankIsAnother() {
    CodecChain chain =
        CodecChain.of(new TransposeCodec(List.of(1, 0)), new BytesCodec(BytesCodec.Endian.LITTLE));

    assertThatThrownBy(() -> chain.bind(DataType.INT16, Shape.of(3, 4, 5)))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("[1, 0]")
        .hasMessageContaining("[3, 4, 5]");
  }

  @Test
  void refusesAnOrder_whenItIsNoPermutation() {
    assertThatThrownBy(() -> new TransposeCodec(List.of(1, 1)))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> new TransposeCodec(List.of(1, 2)))
        .isInstanceOf(RefusedException.class);
  }
}
