package io.penstock.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Crc32cCodecTest {
  private final Crc32cCodec codec = new Crc32cCodec();

  @ParameterizedTest
  @CsvSource({"'', 00000000", "123456789, 839206e3"})
  void writesTheChecksumLittleEndian_behindThePayload(String text, String checksum) {
    byte[] payload = text.getBytes(StandardCharsets.US_ASCII);
    MemorySegment segment = Segments.poisoned(payload.length + 5L);
    segment.asSlice(0, payload.length).copyFrom(MemorySegment.ofArray(payload));

    codec.append(segment, payload.length);

    assertThat(Segments.toHex(segment)).endsWith(checksum + "ee");
    assertThat(codec.check(segment.asSlice(0, payload.length + 4L)).byteSize())
        .isEqualTo(payload.length);
  }

  @Test
  void saysBothChecksums_whenTheyDiffer() {
    assertThatThrownBy(() -> codec.check(Segments.hex("00 00000000")))
        .isInstanceOf(CorruptDataException.class)
        .hasMessage("codec crc32c: the checksum of 1 bytes is 527d5351, stored is 00000000");
  }

  @Test
  void refusesBytes_whenTheyHaveNoRoomForAChecksum() {
    assertThatThrownBy(() -> codec.check(Segments.hex("010203")))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("3 bytes are too few");
  }

  @Test
  void checksHeapSegmentsToo() {
    MemorySegment heap = MemorySegment.ofArray(new byte[20]);
    codec.append(heap, 16);

    assertThat(codec.check(heap).byteSize()).isEqualTo(16);
  }
}
