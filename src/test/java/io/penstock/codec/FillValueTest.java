package io.penstock.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class FillValueTest {
  private static final BigInteger TWO_TO_64 = BigInteger.ONE.shiftLeft(64);

  static Stream<Arguments> spellings() {
    return Stream.of(
        spelling(DataType.BOOL, true, 1),
        spelling(DataType.BOOL, false, 0),
        spelling(DataType.INT8, -1L, 0xFF),
        spelling(DataType.INT8, -128L, 0x80),
        spelling(DataType.INT8, 127L, 0x7F),
        spelling(DataType.INT16, -2L, 0xFFFE),
        spelling(DataType.INT32, Integer.MIN_VALUE + 0L, 0x80000000L),
        spelling(DataType.INT64, Long.MIN_VALUE, Long.MIN_VALUE),
        spelling(DataType.INT64, (1L << 53) + 1, (1L << 53) + 1),
        spelling(DataType.UINT8, 255L, 0xFF),
        spelling(DataType.UINT16, 65535L, 0xFFFF),
        spelling(DataType.UINT32, 4294967295L, 0xFFFFFFFFL),
        spelling(DataType.UINT64, Long.MAX_VALUE, Long.MAX_VALUE),
        spelling(DataType.UINT64, TWO_TO_64.subtract(BigInteger.ONE), -1),
        spelling(DataType.UINT64, BigInteger.ONE.shiftLeft(63), Long.MIN_VALUE),
        spelling(DataType.FLOAT16, 1.0, 0x3C00),
        spelling(DataType.FLOAT16, 65504.0, 0x7BFF),
        spelling(DataType.FLOAT16, 0x1p-24, 0x0001),
        spelling(DataType.FLOAT16, "NaN", 0x7E00),
        spelling(DataType.FLOAT16, "-Infinity", 0xFC00),
        spelling(DataType.FLOAT16, "0x7e01", 0x7E01),
        spelling(DataType.BFLOAT16, 1.0, 0x3F80),
        spelling(DataType.BFLOAT16, "NaN", 0x7FC0),
        spelling(DataType.BFLOAT16, "Infinity", 0x7F80),
        spelling(DataType.BFLOAT16, "0xffc0", 0xFFC0),
        spelling(DataType.FLOAT32, (double) 0.1f, Float.floatToRawIntBits(0.1f)),
        spelling(DataType.FLOAT32, (double) Float.MIN_VALUE, 1),
        spelling(DataType.FLOAT32, -0.0, 0x80000000L),
        spelling(DataType.FLOAT32, "NaN", 0x7FC00000),
        spelling(DataType.FLOAT32, "0x7fc00001", 0x7FC00001),
        spelling(DataType.FLOAT32, "0xff800001", 0xFF800001L),
        spelling(DataType.FLOAT64, 0.1, Double.doubleToRawLongBits(0.1)),
        spelling(DataType.FLOAT64, -0.0, Long.MIN_VALUE),
        spelling(DataType.FLOAT64, "NaN", 0x7FF8000000000000L),
        spelling(DataType.FLOAT64, "Infinity", 0x7FF0000000000000L),
        spelling(DataType.FLOAT64, "0x7ff0000000000001", 0x7FF0000000000001L),
        Arguments.of(
            DataType.COMPLEX64,
            List.of(-0.0, "NaN"),
            new FillValue(DataType.COMPLEX64, 0x80000000L, 0x7FC00000)),
        Arguments.of(
            DataType.COMPLEX128,
            List.of("-Infinity", 2.0),
            new FillValue(DataType.COMPLEX128, 0xFFF0000000000000L, 0x4000000000000000L)));
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void isSpelledAsItWasRead(DataType type, Object metadata, FillValue value) {
    assertThat(FillValue.parse(type, metadata)).isEqualTo(value);
    assertThat(value.metadata()).isEqualTo(metadata);
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT16, 0x3c00, 3c00",
    "BFLOAT16, 0x3F80, 3f80",
    "FLOAT32, 0x3f800000, 3f800000",
    "FLOAT32, 0x7fc00000, 7fc00000",
    "FLOAT64, 0x3ff0000000000000, 3ff0000000000000",
  })
  void readsHex_whenTheMostSignificantDigitIsFirst(DataType type, String hex, String bits) {
    assertThat(FillValue.parse(type, hex).bits()).isEqualTo(Long.parseLong(bits, 16));
  }

  @Test
  void readsIntegers_whenTheTypeIsFloating() {
    assertThat(FillValue.parse(DataType.FLOAT32, 3L).metadata()).isEqualTo(3.0);
    assertThat(FillValue.parse(DataType.FLOAT64, TWO_TO_64).metadata()).isEqualTo(0x1p64);
  }

  @Test
  void tellsTheZerosApart() {
    assertThat(FillValue.parse(DataType.FLOAT32, -0.0))
        .isNotEqualTo(FillValue.parse(DataType.FLOAT32, 0.0))
        .isNotEqualTo(FillValue.zero(DataType.FLOAT32));
    assertThat(FillValue.parse(DataType.FLOAT32, 0.0)).isEqualTo(FillValue.zero(DataType.FLOAT32));
  }

  @ParameterizedTest
  @CsvSource({
    // Between 1 and the next value, just above the middle: going through float gives a tie.
    "FLOAT16, 0x1.002000000001p0, 3c01",
    "FLOAT16, 0x1.002p0, 3c00",
    "FLOAT16, 0x1.006p0, 3c02",
    "FLOAT16, 0x1.005fffffffffp0, 3c01",
    "BFLOAT16, 0x1.0100000000001p0, 3f81",
    "BFLOAT16, 0x1.01p0, 3f80",
    "BFLOAT16, 0x1.03p0, 3f82",
    "BFLOAT16, -0x1.0100000000001p0, bf81",
    "FLOAT16, -0x1p-26, 8000",
    "FLOAT16, 0x1.0000000000001p-25, 1",
  })
  void roundsOnce_whenANumberLiesBetweenTwoValues(DataType type, double number, String bits) {
    assertThat(FillValue.parse(type, number).bits()).isEqualTo(Long.parseLong(bits, 16));
  }

  @Test
  void roundsEveryHalf_whenItIsWrittenAndReadBack() {
    for (int bits = 0; bits <= 0xFFFF; bits++) {
      for (DataType type : List.of(DataType.FLOAT16, DataType.BFLOAT16)) {
        FillValue value = new FillValue(type, bits, 0);

        assertThat(FillValue.parse(type, value.metadata()).bits()).isEqualTo(bits);
      }
    }
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        Arguments.of(DataType.BOOL, 0L),
        Arguments.of(DataType.BOOL, "false"),
        Arguments.of(DataType.BOOL, null),
        Arguments.of(DataType.INT8, 128L),
        Arguments.of(DataType.INT8, -129L),
        Arguments.of(DataType.INT32, 1.0),
        Arguments.of(DataType.INT32, "1"),
        Arguments.of(DataType.INT32, true),
        Arguments.of(DataType.INT64, BigInteger.ONE.shiftLeft(63)),
        Arguments.of(DataType.UINT8, 256L),
        Arguments.of(DataType.UINT8, -1L),
        Arguments.of(DataType.UINT64, -1L),
        Arguments.of(DataType.UINT64, TWO_TO_64),
        Arguments.of(DataType.UINT64, 1.8446744073709552E19),
        Arguments.of(DataType.FLOAT16, 65520.0),
        Arguments.of(DataType.BFLOAT16, 3.4e38),
        Arguments.of(DataType.FLOAT32, 1e39),
        Arguments.of(DataType.FLOAT32, Double.NaN),
        Arguments.of(DataType.FLOAT32, "nan"),
        Arguments.of(DataType.FLOAT32, "1.0"),
        Arguments.of(DataType.FLOAT32, "0x3c00"),
        Arguments.of(DataType.FLOAT32, "0x3f80000g"),
        Arguments.of(DataType.FLOAT32, "0x+f800000"),
        Arguments.of(DataType.FLOAT32, "3f800000"),
        Arguments.of(DataType.FLOAT64, TWO_TO_64.pow(20)),
        Arguments.of(DataType.FLOAT64, List.of(0.0)),
        Arguments.of(DataType.FLOAT64, null),
        Arguments.of(DataType.COMPLEX64, 0.0),
        Arguments.of(DataType.COMPLEX64, List.of(0.0)),
        Arguments.of(DataType.COMPLEX64, List.of(0.0, 0.0, 0.0)),
        Arguments.of(DataType.COMPLEX64, Arrays.asList(0.0, null)),
        Arguments.of(DataType.COMPLEX128, List.of("NaN", "x")));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void refusesAValue_whenTheTypeHasNoSuch(DataType type, Object metadata) {
    assertThatThrownBy(() -> FillValue.parse(type, metadata))
        .isInstanceOfSatisfying(
            CorruptDataException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.METADATA_CORRUPT))
        .hasMessageStartingWith("fill_value ")
        .hasMessageEndingWith(" is no value of " + type.name().toLowerCase(Locale.ROOT));
  }

  @ParameterizedTest
  @EnumSource
  void fillsEveryElement_whateverTheType(DataType type) {
    int elements = 5_001;
    FillValue value =
        type == DataType.BOOL
            ? new FillValue(type, 1, 0)
            : new FillValue(
                type,
                0x0102030405060708L >>> (64 - 8 * type.wordBytes()),
                type.wordBytes() == type.byteCount() ? 0 : 9);
    MemorySegment guarded = Segments.poisoned((elements + 1L) * type.byteCount());

    value.fill(guarded.asSlice(0, (long) elements * type.byteCount()));

    MemorySegment one = Segments.poisoned(type.byteCount());
    value.fill(one);
    for (int i = 0; i < elements; i++) {
      assertThat(guarded.asSlice((long) i * type.byteCount(), type.byteCount()).mismatch(one))
          .isEqualTo(-1);
    }
    assertThat(Segments.toHex(guarded.asSlice((long) elements * type.byteCount())))
        .isEqualTo("ee".repeat(type.byteCount()));
  }

  @Test
  void writesTheByteOrderOfThisMachine_whenItFills() {
    MemorySegment target = Segments.poisoned(8);
    new FillValue(DataType.COMPLEX64, 0x01020304, 0x05060708).fill(target);

    assertThat(target.get(ValueLayout.JAVA_INT, 0)).isEqualTo(0x01020304);
    assertThat(target.get(ValueLayout.JAVA_INT, 4)).isEqualTo(0x05060708);
  }

  @ParameterizedTest
  @EnumSource
  void fillsWithZeros_whenTheValueIsZero(DataType type) {
    MemorySegment target = Segments.poisoned(3L * type.byteCount());

    FillValue.zero(type).fill(target);

    assertThat(Segments.bytes(target)).containsOnly(0);
  }

  @Test
  void refusesToFill_whenTheLastElementIsCut() {
    assertThatThrownBy(() -> FillValue.zero(DataType.INT32).fill(Segments.poisoned(6)))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void refusesBits_whenTheyDoNotFitTheType() {
    assertThatThrownBy(() -> new FillValue(DataType.BOOL, 2, 0))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> new FillValue(DataType.INT8, 0x100, 0))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> new FillValue(DataType.FLOAT64, 0, 1))
        .isInstanceOf(RefusedException.class);
  }

  private static Arguments spelling(DataType type, Object metadata, long bits) {
    return Arguments.of(type, metadata, new FillValue(type, bits, 0));
  }
}
