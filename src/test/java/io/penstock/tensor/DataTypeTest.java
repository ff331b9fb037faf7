package io.penstock.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataTypeTest {
  @ParameterizedTest
  @CsvSource({
    "BOOL, bool, 1, 1",
    "INT8, int8, 1, 1",
    "INT16, int16, 2, 2",
    "INT32, int32, 4, 4",
    "INT64, int64, 8, 8",
    "UINT8, uint8, 1, 1",
    "UINT16, uint16, 2, 2",
    "UINT32, uint32, 4, 4",
    "UINT64, uint64, 8, 8",
    "FLOAT16, float16, 2, 2",
    "BFLOAT16, bfloat16, 2, 2",
    "FLOAT32, float32, 4, 4",
    "FLOAT64, float64, 8, 8",
    "COMPLEX64, complex64, 8, 4",
    "COMPLEX128, complex128, 16, 8",
  })
  void hasTheNameAndTheSizes_ofTheSpecification(
      DataType type, String name, int bytes, int wordBytes) {
    assertThat(type.zarrName()).isEqualTo(name);
    assertThat(type.byteCount()).isEqualTo(bytes);
    assertThat(type.wordBytes()).isEqualTo(wordBytes);
  }

  @ParameterizedTest
  @CsvSource({
    "BOOL, 1",
    "INT8, -2",
    "INT16, -2",
    "INT32, -2",
    "INT64, -2",
    "UINT8, 254",
    "UINT16, 65534",
    "UINT32, 4294967294",
    "UINT64, -2",
  })
  void anIntegerIsReadAsItsType_whereverItLies(DataType type, long expected) {
    // Little-endian −2, or true, behind two others and a byte that makes it unaligned.
    byte[] bytes = new byte[1 + 3 * type.byteCount()];
    Arrays.fill(bytes, 1 + 2 * type.byteCount(), bytes.length, (byte) -1);
    bytes[1 + 2 * type.byteCount()] = (byte) (type == DataType.BOOL ? 1 : -2);

    assertThat(type.integral()).isTrue();
    assertThat(type.integerAt(MemorySegment.ofArray(bytes).asSlice(1), 2)).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64", "COMPLEX64", "COMPLEX128"})
  void aNumberThatIsNoIntegerIsNotReadAsOne(DataType type) {
    assertThat(type.integral()).isFalse();
    assertThatThrownBy(() -> type.integerAt(MemorySegment.ofArray(new byte[16]), 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource
  void isFound_byItsName(DataType type) {
    assertThat(DataType.find(type.zarrName())).contains(type);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "r16", "float8_e4m3", "string", "INT32", "<i4"})
  void isNotFound_whenTheNameIsNotOneOfOurs(String name) {
    assertThat(DataType.find(name)).isEmpty();
  }

  @Test
  void areAllListedAbove() {
    assertThat(DataType.values()).hasSize(15);
  }
}
