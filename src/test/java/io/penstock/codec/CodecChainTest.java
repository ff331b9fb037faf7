package io.penstock.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.codec.BytesCodec.Endian;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodecChainTest {
  private static final Codec LITTLE = new BytesCodec(Endian.LITTLE);
  private static final Codec CRC = new Crc32cCodec();
  private static final Codec ZSTD = new ZstdCodec(3, false);

  @Test
  void usesNoScratch_whenOneStepMovesTheBytes() {
    for (CodecChain chain :
        List.of(
            CodecChain.of(LITTLE),
            CodecChain.of(LITTLE, CRC),
            CodecChain.of(LITTLE, ZSTD, CRC),
            CodecChain.of(new BytesCodec(Endian.BIG), CRC),
            CodecChain.of(LITTLE, new GzipCodec(6), CRC, CRC))) {
      ChunkCodec codec = chain.bind(DataType.FLOAT32, Shape.of(10, 100));
      MemorySegment plain = Segments.compressible(4000, 1);
      MemorySegment encoded = Segments.poisoned(codec.maxEncodedBytes());
      try (CodecContext context = new CodecContext()) {
        long bytes = codec.encode(plain, encoded, context);
        codec.decode(encoded.asSlice(0, bytes), Segments.poisoned(4000), context);

        assertThat(context.scratchBytes()).as(chain.toString()).isZero();
        assertThat(codec.scratchBytes()).isZero();
      }
    }
  }

  @Test
  void usesTheScratchItAnnounces_whenSeveralStepsMoveTheBytes() {
    ChunkCodec codec =
        CodecChain.of(new TransposeCodec(List.of(1, 0)), new BytesCodec(Endian.BIG), ZSTD, CRC)
            .bind(DataType.FLOAT32, Shape.of(10, 100));
    MemorySegment encoded = Segments.poisoned(codec.maxEncodedBytes());
    try (CodecContext context = new CodecContext()) {
      codec.encode(Segments.compressible(4000, 1), encoded, context);

      assertThat(context.scratchBytes()).isEqualTo(8000);
      assertThat(codec.scratchBytes()).isEqualTo(8000);
    }
  }

  @Test
  void announcesRoomForTheWorstContent() {
    ChunkCodec raw = CodecChain.of(LITTLE, CRC).bind(DataType.INT16, Shape.of(1000));
    ChunkCodec zstd = CodecChain.of(LITTLE, ZSTD, CRC).bind(DataType.INT16, Shape.of(1000));

    assertThat(raw.maxEncodedBytes()).isEqualTo(2004);
    assertThat(zstd.maxEncodedBytes()).isBetween(2010L, 3000L);
  }

  @Test
  void saysThatThereIsNothingToVerify_whenNoChecksumIsOutermost() {
    ChunkCodec none = CodecChain.of(LITTLE).bind(DataType.INT16, Shape.of(2));
    ChunkCodec inner = CodecChain.of(LITTLE, CRC, ZSTD).bind(DataType.INT16, Shape.of(2));

    assertThat(none.verify(Segments.hex("01020304"))).isFalse();
    assertThat(inner.verify(Segments.hex("01020304"))).isFalse();
  }

  @Test
  void findsTheInnermostChecksum_whenAnotherCodecIsOutside() {
    ChunkCodec damaging = CodecChain.of(LITTLE, ZSTD).bind(DataType.UINT8, Shape.of(8));
    ChunkCodec checking = CodecChain.of(LITTLE, CRC, ZSTD).bind(DataType.UINT8, Shape.of(4));
    MemorySegment encoded = Segments.poisoned(damaging.maxEncodedBytes());
    try (CodecContext context = new CodecContext()) {
      long bytes = damaging.encode(Segments.hex("01020304 00000000"), encoded, context);

      assertThatThrownBy(
              () -> checking.decode(encoded.asSlice(0, bytes), Segments.poisoned(4), context))
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining("codec crc32c");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 3, 5, 8})
  void refusesAnUncompressedChunk_whenItsLengthIsWrong(long bytes) {
    ChunkCodec codec = CodecChain.of(LITTLE).bind(DataType.INT32, Shape.SCALAR);
    try (CodecContext context = new CodecContext()) {
      assertThatThrownBy(
              () -> codec.decode(Segments.poisoned(bytes), Segments.poisoned(4), context))
          .isInstanceOf(CorruptDataException.class)
          .hasMessage("codec bytes: found " + bytes + " bytes, expected 4");
    }
  }

  @Test
  @SuppressWarnings("restricted") // a length without memory behind it
  void refusesAnEncodedChunk_whenNoChunkCouldBeThatLong() {
    ChunkCodec codec = CodecChain.of(LITTLE, ZSTD, CRC).bind(DataType.INT32, Shape.of(4));
    MemorySegment huge = MemorySegment.NULL.reinterpret(3L << 30);
    try (CodecContext context = new CodecContext()) {
      assertThatThrownBy(() -> codec.decode(huge, Segments.poisoned(16), context))
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining("3221225472 bytes");
      assertThatThrownBy(() -> codec.verify(huge)).isInstanceOf(CorruptDataException.class);
    }
  }

  @Test
  void refusesAChunk_whenItExceedsTheLimit() {
    CodecChain chain = CodecChain.of(LITTLE);

    assertThat(chain.bind(DataType.UINT8, Shape.of(1L << 30)).decodedBytes()).isEqualTo(1L << 30);
    assertLimit(() -> chain.bind(DataType.UINT8, Shape.of((1L << 30) + 1)), "1073741825");
    assertLimit(() -> chain.bind(DataType.INT64, Shape.of(1L << 52, 1L << 52)), "2^63-1");
    assertLimit(() -> chain.bind(DataType.COMPLEX128, Shape.of(1L << 52, 1L << 10)), "2^63-1");
    assertLimit(() -> chain.bind(DataType.INT16, Shape.of(6), 10), "the limit is 10");
  }

  @Test
  void acceptsALargerLimit_upToWhatABufferHolds() {
    CodecChain chain = CodecChain.of(LITTLE, ZSTD, CRC);
    Shape largest = Shape.of(Integer.MAX_VALUE);

    assertThat(chain.bind(DataType.UINT8, largest, Integer.MAX_VALUE).decodedBytes())
        .isEqualTo(Integer.MAX_VALUE);
    assertThatThrownBy(() -> chain.bind(DataType.UINT8, largest, 1L << 31))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> chain.bind(DataType.UINT8, largest, 0))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void refusesAChunk_whenADimensionIsEmptyOrRagged() {
    CodecChain chain = CodecChain.of(LITTLE);

    assertThatThrownBy(() -> chain.bind(DataType.UINT8, Shape.of(3, 0)))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("[3, 0]");
    assertThatThrownBy(() -> chain.bind(DataType.UINT8, Shape.of(3, Shape.RAGGED)))
        .isInstanceOf(CorruptDataException.class);
  }

  @Test
  void refusesToBind_whenTheChainShards() {
    CodecChain chain =
        CodecChain.of(
            new ShardingIndexedCodec(
                Shape.of(2),
                CodecChain.of(LITTLE),
                ShardingIndexedCodec.defaultIndexCodecs(),
                true));

    assertThatThrownBy(() -> chain.bind(DataType.UINT8, Shape.of(4)))
        .isInstanceOfSatisfying(
            CorruptDataException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED));
  }

  @Test
  void tellsTheArrayThatShardingMeets_whenATransposeComesBefore() {
    CodecChain chain =
        CodecChain.of(
            new TransposeCodec(List.of(1, 0)),
            new ShardingIndexedCodec(
                Shape.of(3, 2),
                CodecChain.of(LITTLE),
                ShardingIndexedCodec.defaultIndexCodecs(),
                true));
    ArraySpec shard = new ArraySpec(DataType.INT16, Shape.of(4, 9));

    assertThat(chain.arrayBeforeBytes(shard).shape()).isEqualTo(Shape.of(9, 4));
    assertThat(chain.findSharding().orElseThrow().grid(Shape.of(9, 4))).isEqualTo(Shape.of(3, 2));
    assertThat(Codecs.standard().chain(chain.metadata(), DataType.INT16, Shape.of(4, 9)))
        .isEqualTo(chain);
    assertThatThrownBy(
            () -> Codecs.standard().chain(chain.metadata(), DataType.INT16, Shape.of(9, 4)))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("does not divide");
  }

  @Test
  void runsCodecsOfTheUsers_betweenThoseOfTheLibrary() {
    ChunkCodec codec = CodecChain.of(LITTLE, new Inverted(), CRC).bind(DataType.UINT8, Shape.of(4));
    MemorySegment encoded = Segments.poisoned(codec.maxEncodedBytes());
    MemorySegment decoded = Segments.poisoned(4);
    try (CodecContext context = new CodecContext()) {
      codec.encode(Segments.hex("00010203"), encoded, context);
      codec.decode(encoded, decoded, context);
    }

    assertThat(Segments.toHex(encoded)).startsWith("fffefdfc");
    assertThat(Segments.toHex(decoded)).isEqualTo("00010203");
  }

  @Test
  void refusesAChunk_whenAUsersCodecFillsTooLittle() {
    ChunkCodec codec = CodecChain.of(LITTLE, new Inverted()).bind(DataType.UINT8, Shape.of(4));
    try (CodecContext context = new CodecContext()) {
      assertThatThrownBy(() -> codec.decode(Segments.hex("ffff"), Segments.poisoned(4), context))
          .isInstanceOf(CorruptDataException.class)
          .hasMessage("codec example.inverted: 2 bytes decode into 2, expected 4");
    }
  }

  private static void assertLimit(Runnable bind, String words) {
    assertThatThrownBy(bind::run)
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED))
        .hasMessageContaining(words);
  }

  /// A codec of a user's: every bit inverted.
  private record Inverted() implements TransformCodec {
    @Override
    public String name() {
      return "example.inverted";
    }

    @Override
    public Map<String, Object> configuration() {
      return Map.of();
    }

    @Override
    public long maxEncodedBytes(long plainBytes) {
      return plainBytes;
    }

    @Override
    public long encode(MemorySegment plain, MemorySegment encoded, CodecContext context) {
      return invert(plain, encoded);
    }

    @Override
    public long decode(MemorySegment encoded, MemorySegment plain, CodecContext context) {
      return invert(encoded, plain);
    }

    private static long invert(MemorySegment source, MemorySegment target) {
      for (long at = 0; at < source.byteSize(); at++) {
        target.set(ValueLayout.JAVA_BYTE, at, (byte) ~source.get(ValueLayout.JAVA_BYTE, at));
      }
      return source.byteSize();
    }
  }
}
