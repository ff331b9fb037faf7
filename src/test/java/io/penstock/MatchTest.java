package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Conditions on numbers of every type.
class MatchTest {
  private static final BigInteger TOP = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  /// The indexes of the values that meet a condition.
  private static List<Integer> found(Match match, DataType type, MemorySegment values) {
    ColumnTest test = match.on(type);
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < values.byteSize() / type.byteCount(); i++) {
      if (test.test(values, i)) {
        found.add(i);
      }
    }
    return found;
  }

  /// The values 0, 1, 2, 3 of a type.
  private static MemorySegment zeroToThree(DataType type) {
    return switch (type) {
      case BOOL -> MemorySegment.ofArray(new byte[] {0, 1});
      case INT8, UINT8 -> MemorySegment.ofArray(new byte[] {0, 1, 2, 3});
      case INT16, UINT16 -> MemorySegment.ofArray(new short[] {0, 1, 2, 3});
      case INT32, UINT32 -> MemorySegment.ofArray(new int[] {0, 1, 2, 3});
      case INT64, UINT64 -> MemorySegment.ofArray(new long[] {0, 1, 2, 3});
      case FLOAT16 -> MemorySegment.ofArray(new short[] {0, half(1), half(2), half(3)});
      case BFLOAT16 -> MemorySegment.ofArray(new short[] {0, brain(1), brain(2), brain(3)});
      case FLOAT32 -> MemorySegment.ofArray(new float[] {0, 1, 2, 3});
      case FLOAT64 -> MemorySegment.ofArray(new double[] {0, 1, 2, 3});
      case COMPLEX64, COMPLEX128 -> throw new AssertionError(type);
    };
  }

  private static short half(float value) {
    return Float.floatToFloat16(value);
  }

  private static short brain(float value) {
    return (short) (Float.floatToIntBits(value) >>> 16);
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"BOOL", "COMPLEX64", "COMPLEX128"})
  void everyComparisonFindsItsValues_inEveryType(DataType type) {
    MemorySegment values = zeroToThree(type);
    assertThat(found(Match.equal(2), type, values)).containsExactly(2);
    assertThat(found(Match.equal(3, 0), type, values)).containsExactly(0, 3);
    assertThat(found(Match.notEqual(2), type, values)).containsExactly(0, 1, 3);
    assertThat(found(Match.notEqual(1, 2), type, values)).containsExactly(0, 3);
    assertThat(found(Match.atLeast(2), type, values)).containsExactly(2, 3);
    assertThat(found(Match.above(2), type, values)).containsExactly(3);
    assertThat(found(Match.atMost(2), type, values)).containsExactly(0, 1, 2);
    assertThat(found(Match.below(2), type, values)).containsExactly(0, 1);
    assertThat(found(Match.between(1, 3), type, values)).containsExactly(1, 2);
    assertThat(found(Match.atLeast(0.5), type, values)).containsExactly(1, 2, 3);
    assertThat(found(Match.above(1.5f), type, values)).containsExactly(2, 3);
    assertThat(found(Match.atMost(new BigDecimal("1.5")), type, values)).containsExactly(0, 1);
    assertThat(found(Match.below(0.5), type, values)).containsExactly(0);
    assertThat(found(Match.between(3, 1), type, values)).isEmpty();
    BigInteger beyond = BigInteger.TEN.pow(400);
    assertThat(found(Match.below(beyond), type, values)).hasSize(4);
    assertThat(found(Match.atLeast(beyond), type, values)).isEmpty();
    assertThat(found(Match.above(beyond.negate()), type, values)).hasSize(4);
    assertThat(found(Match.atMost(beyond.negate()), type, values)).isEmpty();
    assertNoValue(type, beyond);
  }

  private static void assertNoValue(DataType type, Number number) {
    assertThatThrownBy(() -> Match.equal(number).on(type))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(number + " is not a value of type " + type.zarrName());
  }

  @Test
  void truthIsOneAndFalsehoodZero() {
    MemorySegment values = zeroToThree(DataType.BOOL);
    assertThat(found(Match.equal(1), DataType.BOOL, values)).containsExactly(1);
    assertThat(found(Match.notEqual(1), DataType.BOOL, values)).containsExactly(0);
    assertNoValue(DataType.BOOL, 2);
  }

  @Test
  void theEndsOfIntegerTypesAreExact() {
    MemorySegment longs = MemorySegment.ofArray(new long[] {Long.MIN_VALUE, -1, Long.MAX_VALUE});
    assertThat(found(Match.equal(Long.MAX_VALUE), DataType.INT64, longs)).containsExactly(2);
    assertThat(found(Match.above(Long.MAX_VALUE), DataType.INT64, longs)).isEmpty();
    assertThat(found(Match.below(Long.MIN_VALUE), DataType.INT64, longs)).isEmpty();
    assertThat(found(Match.below(0x1p63), DataType.INT64, longs)).hasSize(3);
    assertNoValue(DataType.INT64, TOP);

    // The same bits without a sign: 2^63, 2^64 − 1, 2^63 − 1.
    assertThat(found(Match.equal(TOP), DataType.UINT64, longs)).containsExactly(1);
    assertThat(found(Match.above(Long.MAX_VALUE), DataType.UINT64, longs)).containsExactly(0, 1);
    assertThat(found(Match.atLeast(-5), DataType.UINT64, longs)).hasSize(3);
    assertNoValue(DataType.UINT64, -1);

    MemorySegment bytes = MemorySegment.ofArray(new byte[] {-128, -1, 127});
    assertThat(found(Match.equal(-128), DataType.INT8, bytes)).containsExactly(0);
    assertThat(found(Match.equal(255), DataType.UINT8, bytes)).containsExactly(1);
    assertNoValue(DataType.INT8, 128);
    assertNoValue(DataType.UINT8, 256);
    MemorySegment shorts = MemorySegment.ofArray(new short[] {-1, Short.MIN_VALUE});
    assertThat(found(Match.equal(65535), DataType.UINT16, shorts)).containsExactly(0);
    assertThat(found(Match.equal(-32768), DataType.INT16, shorts)).containsExactly(1);
    MemorySegment ints = MemorySegment.ofArray(new int[] {-1, Integer.MIN_VALUE});
    assertThat(found(Match.atLeast(1L << 31), DataType.UINT32, ints)).hasSize(2);
    assertThat(found(Match.equal(Integer.MIN_VALUE), DataType.INT32, ints)).containsExactly(1);
    assertThatThrownBy(() -> Match.equal(3.5).on(DataType.INT32)).hasMessageContaining("3.5");
  }

  @Test
  void floatingPointNumbersCompareAsTheirTypeDoes() {
    MemorySegment floats =
        MemorySegment.ofArray(
            new float[] {
              0.1f, -0.0f, 0.0f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -2
            });
    DataType type = DataType.FLOAT32;
    assertThat(found(Match.equal(0.1), type, floats)).containsExactly(0);
    assertThat(found(Match.equal(0), type, floats)).containsExactly(1, 2);
    assertThat(found(Match.atLeast(0), type, floats)).containsExactly(0, 1, 2, 4);
    assertThat(found(Match.below(0), type, floats)).containsExactly(5, 6);
    assertThat(found(Match.above(-2), type, floats)).containsExactly(0, 1, 2, 4);
    assertThat(found(Match.notEqual(0), type, floats)).containsExactly(0, 3, 4, 5, 6);
    assertThat(found(Match.above(0.1), type, floats)).containsExactly(4);

    MemorySegment halves = MemorySegment.ofArray(new short[] {half(0.1f), half(Float.NaN)});
    assertThat(found(Match.equal(0.1), DataType.FLOAT16, halves)).containsExactly(0);
    assertThat(found(Match.above(-1e9), DataType.FLOAT16, halves)).containsExactly(0);
    assertNoValue(DataType.FLOAT16, 70000);
    // 0.1 is nearest to 0x3DCD; 1 + 2^-8 lies half way and goes to the even 1.
    MemorySegment brains = MemorySegment.ofArray(new short[] {0x3DCD, 0x3F80});
    assertThat(found(Match.equal(0.1), DataType.BFLOAT16, brains)).containsExactly(0);
    assertThat(found(Match.equal(1 + 0x1p-8), DataType.BFLOAT16, brains)).containsExactly(1);
  }

  @Test
  void whatCannotBeComparedIsRefused() {
    assertThatThrownBy(() -> Match.equal(1).on(DataType.COMPLEX64))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("complex64");
    assertThatThrownBy(() -> Match.above(Double.NaN))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("NaN");
    assertThatThrownBy(Match::equal).isInstanceOf(RefusedException.class);
  }

  @Test
  void conditionsSayWhatTheyAre() {
    assertThat(Match.equal(3)).hasToString("== 3");
    assertThat(Match.equal(3, 0.5)).hasToString("== 3 or 0.5");
    assertThat(Match.atLeast(100)).hasToString(">= 100");
    assertThat(Match.between(0.5, 1)).hasToString("in [0.5, 1)");
  }
}
