package io.penstock.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardIndexTest {
  private static final CodecChain LITTLE_CRC = ShardingIndexedCodec.defaultIndexCodecs();
  private static final CodecChain LITTLE = CodecChain.of(new BytesCodec(BytesCodec.Endian.LITTLE));
  private static final CodecChain BIG_CRC =
      CodecChain.of(new BytesCodec(BytesCodec.Endian.BIG), new Crc32cCodec());

  private static final String NONE = "ffffffffffffffff ffffffffffffffff ";

  /// int32, shard 4×4, inner 2×2; chunks (0,0) and (1,1) are stored, 16 bytes each.
  private static final String CHUNKS =
      "01000000 02000000 03000000 04000000 05000000 06000000 07000000 08000000";

  private static final String INDEX_AT_END =
      "0000000000000000 1000000000000000 "
          + NONE
          + NONE
          + "1000000000000000 1000000000000000 6c0902f9";

  private static final String INDEX_AT_START =
      "4400000000000000 1000000000000000 "
          + NONE
          + NONE
          + "5400000000000000 1000000000000000 af780bd2";

  @Test
  void encodesTheGoldenIndex_whenItStandsAtTheEnd() {
    ShardIndex index = ShardIndex.builder(4).put(0, 0, 16).put(3, 16, 16).build();

    assertThat(encoded(index, LITTLE_CRC)).isEqualTo(squeezed(INDEX_AT_END));
  }

  @Test
  void encodesTheGoldenIndex_whenItStandsAtTheStart() {
    long indexBytes = sharding().indexBytes(4);
    ShardIndex index =
        ShardIndex.builder(4).put(0, indexBytes, 16).put(3, indexBytes + 16, 16).build();

    assertThat(indexBytes).isEqualTo(68);
    assertThat(encoded(index, LITTLE_CRC)).isEqualTo(squeezed(INDEX_AT_START));
  }

  @Test
  void encodesTheGoldenIndex_whenAllChunksAreMissing() {
    ShardIndex index = ShardIndex.builder(4).build();

    assertThat(index.presentChunks()).isZero();
    assertThat(encoded(index, LITTLE_CRC)).isEqualTo("ff".repeat(64) + "664ecd2f");
  }

  @Test
  void decodesTheGoldenShard_whenTheIndexStandsAtTheEnd() {
    MemorySegment shard = Segments.hex(CHUNKS + INDEX_AT_END);

    ShardIndex index = ShardIndex.decode(shard.asSlice(32), 4, LITTLE_CRC, shard.byteSize());

    assertGoldenChunks(index, 0);
    assertThat(Segments.toHex(shard.asSlice(index.offset(3), index.length(3))))
        .isEqualTo("05000000060000000700000008000000");
  }

  @Test
  void decodesTheGoldenShard_whenTheIndexStandsAtTheStart() {
    MemorySegment shard = Segments.hex(INDEX_AT_START + CHUNKS);

    ShardIndex index = ShardIndex.decode(shard.asSlice(0, 68), 4, LITTLE_CRC, shard.byteSize());

    assertGoldenChunks(index, 68);
    assertThat(Segments.toHex(shard.asSlice(index.offset(0), index.length(0))))
        .isEqualTo("01000000020000000300000004000000");
  }

  @Test
  void decodesAnIndex_whenItHasNoChecksum() {
    MemorySegment encoded = Segments.hex(INDEX_AT_END).asSlice(0, 64);

    assertGoldenChunks(ShardIndex.decode(encoded, 4, LITTLE, 32 + 64), 0);
  }

  @Test
  void decodesAnIndex_whenItIsBigEndian() {
    ShardIndex index = ShardIndex.builder(2).put(1, 0x0102, 0x03).build();
    MemorySegment encoded = Segments.poisoned(36);

    assertThat(index.encode(BIG_CRC, encoded)).isEqualTo(36);
    assertThat(Segments.toHex(encoded))
        .startsWith(squeezed(NONE + "0000000000000102 0000000000000003"));
    ShardIndex read = ShardIndex.decode(encoded, 2, BIG_CRC, 0x0105);
    assertThat(read.present(0)).isFalse();
    assertThat(read.offset(1)).isEqualTo(0x0102);
    assertThat(read.length(1)).isEqualTo(3);
  }

  @Test
  void keepsOffsets_whenTheShardIsLongerThanTwoGibibytes() {
    long offset = (1L << 40) + 5;
    ShardIndex index = ShardIndex.builder(1).put(0, offset, 7).build();
    MemorySegment encoded = Segments.poisoned(20);
    index.encode(LITTLE_CRC, encoded);

    assertThat(ShardIndex.decode(encoded, 1, LITTLE_CRC, offset + 7).offset(0)).isEqualTo(offset);
  }

  @Test
  void acceptsSharedRangesAndGaps_whenAnotherWriterMadeThem() {
    ShardIndex index = ShardIndex.builder(3).put(0, 50, 10).put(1, 50, 10).put(2, 0, 4).build();
    MemorySegment encoded = Segments.poisoned(52);
    index.encode(LITTLE_CRC, encoded);

    ShardIndex read = ShardIndex.decode(encoded, 3, LITTLE_CRC, 112);
    assertThat(read.offset(0)).isEqualTo(read.offset(1)).isEqualTo(50);
    assertThat(read.presentChunks()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "ffffffffffffffff 1000000000000000, only the offset says that the chunk is missing",
    "0000000000000000 ffffffffffffffff, only the length says that the chunk is missing",
    "6400000000000000 0100000000000000, begins at the end of the object",
    "6300000000000000 0200000000000000, ends one byte behind the object",
    "6500000000000000 0000000000000000, an empty chunk behind the object",
    "0000000000000080 0100000000000000, an offset of 2^63",
    "0100000000000000 0000000000000080, a length of 2^63",
    "ffffffffffffff7f ffffffffffffff7f, a sum that overflows",
    "feffffffffffffff 0300000000000000, an offset that wraps around",
  })
  void refusesAnEntry_whenItDoesNotLieWithinTheObject(String entry, String why) {
    assertThatThrownBy(() -> ShardIndex.decode(Segments.hex(entry), 1, LITTLE, 100))
        .as(why)
        .isInstanceOfSatisfying(
            CorruptDataException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPT))
        .hasMessageContaining("entry 0")
        .hasMessageContaining("100 bytes");
  }

  @Test
  void refusesAnIndex_whenAnyBitIsFlipped() {
    for (long bit = 0; bit < 68 * 8; bit++) {
      MemorySegment encoded = Segments.hex(INDEX_AT_END);
      Segments.flipBit(encoded, bit);

      assertThatThrownBy(() -> ShardIndex.decode(encoded, 4, LITTLE_CRC, 100))
          .as("bit %d", bit)
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining("crc32c");
    }
  }

  @ParameterizedTest
  @CsvSource({"0", "63", "64", "67", "69", "132"})
  void refusesAnIndex_whenItsLengthDoesNotFitTheGrid(int bytes) {
    assertThatThrownBy(() -> ShardIndex.decode(Segments.poisoned(bytes), 4, LITTLE_CRC, 1_000_000))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("%d bytes, expected 68".formatted(bytes));
  }

  @Test
  void allocatesNothing_whenTheGridIsFarLargerThanTheEncodedIndex() {
    assertThatThrownBy(() -> ShardIndex.decode(Segments.poisoned(68), 60_000_000, LITTLE_CRC, 100))
        .isInstanceOf(CorruptDataException.class);
    assertThatThrownBy(
            () -> ShardIndex.decode(Segments.poisoned(68), Integer.MAX_VALUE, LITTLE_CRC, 100))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED));
  }

  @Test
  void refusesToTellAPlace_whenTheChunkIsMissing() {
    ShardIndex index = ShardIndex.builder(1).build();

    assertThatThrownBy(() -> index.offset(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> index.length(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesToPut_whenOffsetOrLengthIsNegative() {
    ShardIndex.Builder builder = ShardIndex.builder(1);

    assertThatThrownBy(() -> builder.put(0, -1, 1)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> builder.put(0, 1, -1)).isInstanceOf(RefusedException.class);
  }

  @Test
  void keepsWhatWasBuilt_whenTheBuilderGoesOn() {
    ShardIndex.Builder builder = ShardIndex.builder(2).put(0, 0, 1);
    ShardIndex first = builder.build();
    builder.put(1, 1, 1);

    assertThat(first.present(1)).isFalse();
    assertThat(builder.build().present(1)).isTrue();
  }

  private static void assertGoldenChunks(ShardIndex index, long base) {
    assertThat(index.chunks()).isEqualTo(4);
    assertThat(index.presentChunks()).isEqualTo(2);
    assertThat(index.present(1)).isFalse();
    assertThat(index.present(2)).isFalse();
    assertThat(index.offset(0)).isEqualTo(base);
    assertThat(index.length(0)).isEqualTo(16);
    assertThat(index.offset(3)).isEqualTo(base + 16);
    assertThat(index.length(3)).isEqualTo(16);
  }

  private static ShardingIndexedCodec sharding() {
    return new ShardingIndexedCodec(Shape.of(2, 2), LITTLE, LITTLE_CRC, true);
  }

  private static String encoded(ShardIndex index, CodecChain codecs) {
    MemorySegment target = Segments.poisoned(sharding().indexBytes(index.chunks()));
    assertThat(index.encode(codecs, target)).isEqualTo(target.byteSize());
    return Segments.toHex(target);
  }

  private static String squeezed(String hex) {
    return hex.replaceAll("\\s", "");
  }
}
