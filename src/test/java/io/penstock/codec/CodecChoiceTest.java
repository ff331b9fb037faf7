package io.penstock.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodecChoiceTest {
  private static final int MIB = 1 << 20;

  private final CodecContext context = new CodecContext();

  @AfterEach
  void close() {
    context.close();
  }

  @Test
  void autoCompresses_whenDataShrinks() {
    assertThat(auto(DataType.UINT8, Segments.compressible(MIB, 1)))
        .isEqualTo(
            CodecChain.of(
                new BytesCodec(BytesCodec.Endian.NONE),
                new ZstdCodec(3, false),
                new Crc32cCodec()));
  }

  @Test
  void autoLeavesDataAlone_whenItIsRandom() {
    assertThat(auto(DataType.INT32, Segments.random(MIB, 2)))
        .isEqualTo(CodecChain.of(new BytesCodec(BytesCodec.Endian.LITTLE), new Crc32cCodec()));
  }

  @Test
  void autoLeavesDataAlone_whenItIsNoiseInFloat32() {
    Random random = new Random(3);
    MemorySegment noise = Arena.ofAuto().allocate(MIB);
    for (long at = 0; at < MIB; at += 4) {
      noise.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, (float) random.nextGaussian());
    }

    assertThat(auto(DataType.FLOAT32, noise))
        .isEqualTo(CodecChain.of(new BytesCodec(BytesCodec.Endian.LITTLE), new Crc32cCodec()));
  }

  @Test
  void autoLooksAtAllSamples_whenOnlyTheFirstOfManyIsRandom() {
    MemorySegment[] samples = new MemorySegment[64];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = i == 0 ? Segments.random(MIB, 4) : Segments.compressible(MIB / 4, i);
    }

    assertThat(auto(DataType.UINT8, samples).codecs()).contains(new ZstdCodec(3, false));
  }

  @Test
  void autoLooksAtManySmallSamples_whenNoneIsAsLongAsAPiece() {
    MemorySegment[] samples = new MemorySegment[1000];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = Segments.random(1 + i % 50, i);
    }

    assertThat(auto(DataType.UINT8, samples).codecs()).doesNotContain(new ZstdCodec(3, false));
  }

  @Test
  void autoCompresses_whenThereIsNothingToLookAt() {
    assertThat(auto(DataType.UINT8).codecs()).contains(new ZstdCodec(3, false));
    assertThat(auto(DataType.UINT8, MemorySegment.NULL).codecs()).contains(new ZstdCodec(3, false));
  }

  @Test
  void readsLittle_whenThereIsALotOfData() {
    auto(DataType.UINT8, Segments.random(32 * MIB, 5));

    assertThat(context.scratchBytes()).isLessThan(MIB);
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "none", "zstd:3", "zstd:-7", "zstd:22", "gzip:0", "gzip:9"})
  void isSpelledAsItWasRead(String text) {
    assertThat(CodecChoice.parse(text)).hasToString(text);
  }

  @Test
  void givesTheChain_whenTheUserNamesIt() {
    assertThat(CodecChoice.parse("gzip:5").chain(DataType.INT16, List.of(), context))
        .isEqualTo(
            CodecChain.of(
                new BytesCodec(BytesCodec.Endian.LITTLE), new GzipCodec(5), new Crc32cCodec()));
    assertThat(CodecChoice.parse("zstd:19").chain(DataType.INT16, List.of(), context).codecs())
        .contains(new ZstdCodec(19, false));
    assertThat(CodecChoice.parse("none").chain(DataType.INT16, List.of(), context).codecs())
        .hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "zstd",
        "gzip",
        "zstd:",
        "zstd:x",
        "zstd:23",
        "gzip:-1",
        "gzip:10",
        "lz4:1",
        "auto:1",
        "none:0",
        "AUTO",
        "zstd:3:4",
        "zstd:99999999999"
      })
  void refusesAText_whenItIsNoChoice(String text) {
    assertThatThrownBy(() -> CodecChoice.parse(text)).isInstanceOf(RefusedException.class);
  }

  private CodecChain auto(DataType type, MemorySegment... samples) {
    return CodecChoice.parse("auto").chain(type, List.of(samples), context);
  }
}
