package io.penstock.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.codec.BytesCodec.Endian;
import io.penstock.error.CorruptDataException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BytesCodecTest {
  @ParameterizedTest
  @CsvSource({
    "UINT8, 01020304, 01020304",
    "BOOL, 01000100, 01000100",
    "INT16, 0102 0304, 0201 0403",
    "BFLOAT16, 0102 0304, 0201 0403",
    "UINT32, 01020304 05060708, 04030201 08070605",
    "FLOAT64, 0102030405060708, 0807060504030201",
    "COMPLEX64, 01020304 05060708, 04030201 08070605",
    "COMPLEX128, 0102030405060708 090a0b0c0d0e0f10, 0807060504030201 100f0e0d0c0b0a09",
  })
  void reversesWords_whenTheOrderIsNotThisMachines(DataType type, String plain, String swapped) {
    boolean littleMachine = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    Endian foreign = littleMachine ? Endian.BIG : Endian.LITTLE;
    Endian own = littleMachine ? Endian.LITTLE : Endian.BIG;

    assertThat(encoded(foreign, type, plain)).isEqualTo(swapped.replace(" ", ""));
    assertThat(encoded(own, type, plain)).isEqualTo(plain.replace(" ", ""));
  }

  @ParameterizedTest
  @EnumSource
  void isWrittenLittleEndian_unlessTheTypeHasOneByte(DataType type) {
    assertThat(BytesCodec.forType(type).endian())
        .isEqualTo(type.byteCount() == 1 ? Endian.NONE : Endian.LITTLE);
  }

  @Test
  void refusesAType_whenItsOrderIsNotStated() {
    CodecChain chain = CodecChain.of(new BytesCodec(Endian.NONE));

    assertThatThrownBy(() -> chain.bind(DataType.COMPLEX64, Shape.of(1)))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("endian is missing, complex64 has 8 bytes");
  }

  private static String encoded(Endian endian, DataType type, String hex) {
    MemorySegment plain = Segments.hex(hex);
    MemorySegment target = Segments.poisoned(plain.byteSize());
    try (CodecContext context = new CodecContext()) {
      CodecChain.of(new BytesCodec(endian))
          .bind(type, Shape.of(plain.byteSize() / type.byteCount()))
          .encode(plain, target, context);
    }
    return Segments.toHex(target);
  }
}
