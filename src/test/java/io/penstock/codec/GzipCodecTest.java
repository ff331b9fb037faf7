package io.penstock.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Members by hand, RFC 1952: a stored block of the bytes 01 02 03 04.
class GzipCodecTest {
  private static final String STORED = "01 0400 fbff 01020304";
  private static final String TRAILER = "cdfb3cb6 04000000";
  private static final String HEADER = "1f8b08 00 00000000 00 ff";
  private static final String MEMBER = HEADER + STORED + TRAILER;
  private static final String EMPTY_MEMBER = HEADER + "0300 00000000 00000000";

  private final CodecContext context = new CodecContext();

  @AfterEach
  void close() {
    context.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5, 9})
  void writesOneMember_whichTheJdkReads(int level) throws IOException {
    for (int size : new int[] {1, 1000, 70_000, 1_000_000}) {
      for (MemorySegment plain :
          new MemorySegment[] {Segments.compressible(size, 1), Segments.random(size, 1)}) {
        GzipCodec codec = new GzipCodec(level);
        MemorySegment target = Segments.poisoned(codec.maxEncodedBytes(size));
        long bytes = codec.encode(plain, target, context);
        byte[] member = Segments.bytes(target.asSlice(0, bytes));
        ByteArrayInputStream source = new ByteArrayInputStream(member);

        try (GZIPInputStream reader = new GZIPInputStream(source)) {
          assertThat(reader.readAllBytes()).isEqualTo(Segments.bytes(plain));
        }
        assertThat(member).startsWith(0x1f, 0x8b, 8, 0, 0, 0, 0, 0);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    MEMBER + ", one member",
    HEADER
        + "01 0100 feff 01 1bdf05a5 01000000 "
        + HEADER
        + "01 0300 fcff 020304 a69a85d0 03000000"
        + ", two members",
    MEMBER + EMPTY_MEMBER + ", an empty member behind",
    EMPTY_MEMBER + MEMBER + ", an empty member before",
    "1f8b08 1c 00000000 00 03 0200 aabb 6e00 6300" + STORED + TRAILER + ", extra; name; comment",
    "1f8b08 01 12345678 02 03" + STORED + TRAILER + ", text; a time",
  })
  void readsMembers_whenAnotherWriterMadeThem(String members, String what) {
    assertThat(decode(members)).as(what).isEqualTo("01020304");
  }

  @Test
  void readsAHeader_whenItHasAChecksumOfItsOwn() {
    String header = "1f8b08 02 00000000 00 ff";
    CRC32 crc = new CRC32();
    crc.update(Segments.bytes(Segments.hex(header)));
    String low = "%02x%02x".formatted(crc.getValue() & 0xFF, (crc.getValue() >> 8) & 0xFF);

    assertThat(decode(header + low + STORED + TRAILER)).isEqualTo("01020304");
    assertThatThrownBy(() -> decode(header + "0000" + STORED + TRAILER))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("damaged header");
  }

  @ParameterizedTest
  @CsvSource({
    "'', nothing",
    "1f8b, half a magic number",
    "1f8c08 00 00000000 00 ff " + STORED + TRAILER + ", another magic number",
    "1f8b07 00 00000000 00 ff " + STORED + TRAILER + ", another method",
    "1f8b08 20 00000000 00 ff " + STORED + TRAILER + ", a reserved flag",
    "1f8b08 04 00000000 00 ff ffff aa, extra bytes that are not there",
    "1f8b08 08 00000000 00 ff 6e616d65, a name without an end",
    "1f8b08 02 00000000 00 ff 00, half a header checksum",
    HEADER + ", a header alone",
    HEADER + "01 0400 fbff 0102, content that is cut",
    HEADER + "01 0400 fbfe 01020304" + TRAILER + ", a stored length that contradicts itself",
    HEADER + "07 00000000" + TRAILER + ", a block of the reserved type",
    HEADER + STORED + ", no trailer",
    HEADER + STORED + "cdfb3cb6 0400, half a trailer",
    HEADER + STORED + "cdfb3cb7 04000000, a wrong CRC-32",
    HEADER + STORED + "cdfb3cb6 05000000, a wrong length",
    MEMBER + "00, a byte behind the member",
    MEMBER + MEMBER + ", a second member that is too much",
    EMPTY_MEMBER + ", an empty member alone",
    HEADER + "01 0300 fcff 010203 1d80bc55 03000000, a byte too few",
  })
  void refusesMembers_whenTheyAreMalformed(String members, String what) {
    assertThatThrownBy(() -> decode(members))
        .as(what)
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("codec gzip");
    assertThat(context.scratchBytes()).isZero();
  }

  @Test
  void stopsAtTheExpectedLength_whenALittleInflatesToALot() {
    GzipCodec codec = new GzipCodec(9);
    MemorySegment zeros = Arena.ofAuto().allocate(64 << 20);
    MemorySegment bomb = Segments.poisoned(codec.maxEncodedBytes(zeros.byteSize()));
    long bytes = codec.encode(zeros, bomb, context);

    assertThatThrownBy(() -> codec.decode(bomb.asSlice(0, bytes), Segments.poisoned(4), context))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("more than the 4 expected");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 10})
  void refusesALevel_whenGzipHasNoSuch(int level) {
    assertThatThrownBy(() -> new GzipCodec(level)).isInstanceOf(RefusedException.class);
  }

  /// The decoded bytes in hex, of a chunk of four bytes.
  private String decode(String members) {
    ChunkCodec codec =
        CodecChain.of(new BytesCodec(BytesCodec.Endian.NONE), new GzipCodec(6))
            .bind(DataType.UINT8, Shape.of(4));
    MemorySegment decoded = Segments.poisoned(4);
    codec.decode(Segments.hex(members), decoded, context);
    return Segments.toHex(decoded);
  }
}
