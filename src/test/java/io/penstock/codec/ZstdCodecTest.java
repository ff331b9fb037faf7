package io.penstock.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.penstock.error.CorruptDataException;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Frames by hand: magic, descriptor, perhaps window and content size, blocks with a 3-byte header
/// (size × 8 + type × 2 + last), RFC 8878.
class ZstdCodecTest {
  private static final String MAGIC = "28b52ffd";
  private static final String RAW_1234 = "210000 01020304";
  private static final String FRAME_WITHOUT_SIZE = MAGIC + "00 00" + RAW_1234;
  private static final String FRAME_OF_FOUR = MAGIC + "20 04" + RAW_1234;
  private static final String SKIPPABLE = "502a4d18 03000000 aabbcc";

  private final CodecContext context = new CodecContext();

  @AfterEach
  void close() {
    context.close();
  }

  @ParameterizedTest
  @CsvSource({"3, false", "3, true", "-10, false", "19, true"})
  void writesOneFrameWithItsContentSize_whateverTheLevel(int level, boolean checksum) {
    for (long size : new long[] {0, 1, 255, 256, 100_000, 3_000_000}) {
      MemorySegment plain = Segments.compressible(size, 1);
      ZstdCodec codec = new ZstdCodec(level, checksum);
      MemorySegment target = Segments.poisoned(codec.maxEncodedBytes(size));
      long bytes = codec.encode(plain, target, context);
      byte[] frame = Segments.bytes(target.asSlice(0, bytes));

      assertThat(Zstd.getFrameContentSize(frame)).isEqualTo(size);
      assertThat(Zstd.findFrameCompressedSize(frame)).as("one frame").isEqualTo(bytes);
      assertThat((frame[4] & 4) != 0).as("checksum flag").isEqualTo(checksum);
    }
  }

  @Test
  void keepsLevelsApart_whenTheyShareAContext() {
    MemorySegment plain = Segments.compressible(200_000, 1);
    ZstdCodec fast = new ZstdCodec(-50, false);
    ZstdCodec strong = new ZstdCodec(15, false);
    MemorySegment target = Segments.poisoned(fast.maxEncodedBytes(200_000));
    long fastBytes = fast.encode(plain, target, context);
    long strongBytes = strong.encode(plain, target, context);

    assertThat(strongBytes).isLessThan(fastBytes);
    assertThat(fast.encode(plain, target, context)).isEqualTo(fastBytes);
  }

  @ParameterizedTest
  @CsvSource({
    FRAME_WITHOUT_SIZE + ", a frame without its size",
    FRAME_OF_FOUR + ", a frame with its size",
    MAGIC + "20 02 110000 0102 " + MAGIC + "20 02 110000 0304, two frames in a row",
    MAGIC + "00 00 100000 0102 110000 0304, two blocks",
    SKIPPABLE + FRAME_OF_FOUR + ", a skippable frame before",
    FRAME_OF_FOUR + SKIPPABLE + ", a skippable frame behind",
    MAGIC + "00 a8" + RAW_1234 + ", a window of 2 GiB that nobody allocates",
  })
  void readsFrames_whenAnotherWriterMadeThem(String frames, String what) {
    assertThat(decode(frames, 4)).as(what).isEqualTo("01020304");
  }

  @Test
  void readsARun_whenABlockIsOneByteRepeated() {
    assertThat(decode(MAGIC + "00 00 230000 07", 4)).isEqualTo("07070707");
  }

  @ParameterizedTest
  @CsvSource({
    "'', nothing",
    "28b52f, less than the magic number",
    "28b52ffc 2004 210000 01020304, another magic number",
    MAGIC + ", the magic number alone",
    MAGIC + "20, no content size",
    MAGIC + "2004, no block",
    MAGIC + "2004 2100, half a block header",
    MAGIC + "2004 210000 010203, a byte too few",
    MAGIC + "2004 200000 01020304, no last block",
    MAGIC + "2005" + RAW_1234 + ", a content size that is too large",
    MAGIC + "2003" + RAW_1234 + ", a content size that is too small",
    MAGIC + "2004 270000 01020304, a block of the reserved type",
    MAGIC + "2804" + RAW_1234 + ", the reserved bit",
    MAGIC + "2104 01" + RAW_1234 + ", a dictionary that nobody has",
    MAGIC + "2404" + RAW_1234 + "00000000, a wrong content checksum",
    MAGIC + "2004 250000 ffffffff, a compressed block of garbage",
    MAGIC + "0000 f9ffff 01020304, a block of 2 MiB that is not there",
    FRAME_OF_FOUR + "00, a byte behind the frame",
    FRAME_OF_FOUR + "28b52f, the beginning of another frame",
    FRAME_OF_FOUR + FRAME_OF_FOUR + ", a second frame that is too much",
    SKIPPABLE + ", a skippable frame alone",
    "502a4d18 ffffffff aabbcc, a skippable frame of 4 GiB",
    MAGIC + "e0 ffffffffffffff7f" + RAW_1234 + ", a content size of 2^63-1",
    MAGIC + "e0 0000004000000000" + RAW_1234 + ", a content size of 1 GiB",
    MAGIC + "a0 ffffffff" + RAW_1234 + ", a content size of 4 GiB",
    MAGIC + "00 00 03a000 07, a run of 5 KiB for 4 bytes",
  })
  void refusesFrames_whenTheyAreMalformed(String frames, String what) {
    assertThatThrownBy(() -> decode(frames, 4))
        .as(what)
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("codec zstd");
    assertThat(context.scratchBytes()).isZero();
  }

  @Test
  void readsAGoodFrame_whenAMalformedOneCameBefore() {
    assertThatThrownBy(() -> decode(MAGIC + "2004 250000 ffffffff", 4))
        .isInstanceOf(CorruptDataException.class);

    assertThat(decode(FRAME_OF_FOUR, 4)).isEqualTo("01020304");
  }

  @ParameterizedTest
  @CsvSource({"23", "-131073", "2147483647"})
  void refusesALevel_whenZstdHasNoSuch(int level) {
    assertThatThrownBy(() -> new ZstdCodec(level, false))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(String.valueOf(level));
  }

  @Test
  void knowsTheLevelsOfTheLibrary() {
    assertThat(Zstd.minCompressionLevel()).isEqualTo(ZstdCodec.MIN_LEVEL);
    assertThat(Zstd.maxCompressionLevel()).isEqualTo(ZstdCodec.MAX_LEVEL);
  }

  @Test
  void writesLevelAndChecksum_inThisOrder() {
    assertThat(new ZstdCodec(3, false).configuration())
        .hasToString("{level=3, checksum=false}")
        .isEqualTo(Map.of("level", 3L, "checksum", false));
  }

  /// The decoded bytes in hex, of a chunk of so many bytes.
  private String decode(String frames, int bytes) {
    ChunkCodec codec =
        CodecChain.of(new BytesCodec(BytesCodec.Endian.NONE), new ZstdCodec(3, false))
            .bind(DataType.UINT8, Shape.of(bytes));
    MemorySegment decoded = Segments.poisoned(bytes);
    codec.decode(Segments.hex(frames), decoded, context);
    return Segments.toHex(decoded);
  }
}
