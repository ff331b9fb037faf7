package io.penstock.codec;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/// Writes and reads gzip members between segments of known length. One thread at a time.
///
/// ```
/// member  = 1f 8b 08 FLG MTIME(4) XFL OS [XLEN(2) extra] [name 00] [comment 00] [CRC16] deflate
///           CRC32(4) ISIZE(4)                                          numbers little-endian
/// FLG     = 1 text | 2 CRC16 | 4 extra | 8 name | 16 comment; others are reserved
/// ```
final class GzipMembers implements AutoCloseable {
  private static final int HEADER_BYTES = 10;
  private static final int TRAILER_BYTES = 8;
  private static final int FLAG_CRC16 = 2;
  private static final int FLAG_EXTRA = 4;
  private static final int FLAG_NAME = 8;
  private static final int FLAG_COMMENT = 16;
  private static final int FLAGS_RESERVED = 0xE0;
  private static final int OS_UNKNOWN = 255;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
  private int deflaterLevel = Deflater.DEFAULT_COMPRESSION;
  private final Inflater inflater = new Inflater(true);

  /// Writes `plain` as one member into the start of `encoded`; the same input gives the same bytes:
  /// no name, no time. Returns the bytes written.
  long write(MemorySegment plain, MemorySegment encoded, int level) {
    encoded.asSlice(0, HEADER_BYTES).fill((byte) 0);
    encoded.set(INT, 0, 0x00088b1f);
    encoded.set(ValueLayout.JAVA_BYTE, 9, (byte) OS_UNKNOWN);
    prepareDeflater(level);
    deflater.setInput(plain.asByteBuffer());
    deflater.finish();
    ByteBuffer target = encoded.asSlice(HEADER_BYTES).asByteBuffer();
    while (!deflater.finished()) {
      if (deflater.deflate(target) == 0 && !deflater.finished()) {
        throw new RefusedException(
            ErrorCode.INTERNAL, "codec gzip: " + plain.byteSize() + " bytes outgrew their bound");
      }
    }
    long at = HEADER_BYTES + deflater.getBytesWritten();
    encoded.set(INT, at, crc(plain));
    encoded.set(INT, at + 4, (int) plain.byteSize());
    return at + TRAILER_BYTES;
  }

  /// Reads all members of `encoded` into the start of `plain`. Returns the bytes written.
  long read(MemorySegment encoded, MemorySegment plain) {
    long at = 0;
    long written = 0;
    do {
      at = skipHeader(encoded, at);
      inflater.reset();
      inflater.setInput(encoded.asSlice(at).asByteBuffer());
      long bytes = inflate(plain.asSlice(written), encoded);
      at += inflater.getBytesRead();
      checkTrailer(encoded, at, plain.asSlice(written, bytes));
      at += TRAILER_BYTES;
      written += bytes;
    } while (at < encoded.byteSize());
    return written;
  }

  @Override
  public void close() {
    deflater.close();
    inflater.close();
  }

  /// A deflater whose level is set anew ends a block there; a new one gives the same bytes always.
  private void prepareDeflater(int level) {
    if (level == deflaterLevel) {
      deflater.reset();
      return;
    }
    deflater.close();
    deflater = new Deflater(level, true);
    deflaterLevel = level;
  }

  private long inflate(MemorySegment plain, MemorySegment encoded) {
    ByteBuffer target = plain.asByteBuffer();
    ByteBuffer overflow = ByteBuffer.allocate(1);
    try {
      while (!inflater.finished()) {
        // A full target can still meet the end mark of the stream; one more byte is too many.
        int bytes = inflater.inflate(target.hasRemaining() ? target : overflow);
        if (!overflow.hasRemaining()) {
          throw corrupt(encoded, "hold more than the " + plain.byteSize() + " expected");
        }
        if (bytes == 0 && inflater.needsDictionary()) {
          throw corrupt(encoded, "ask for a dictionary");
        }
        if (bytes == 0 && inflater.needsInput() && !inflater.finished()) {
          throw corrupt(encoded, "end within a member");
        }
      }
    } catch (DataFormatException e) {
      throw corrupt(encoded, "are no deflate stream: " + e.getMessage());
    }
    return target.position();
  }

  private static long skipHeader(MemorySegment encoded, long start) {
    need(encoded, start, HEADER_BYTES);
    if ((encoded.get(INT, start) & 0xFFFFFF) != 0x088b1f) {
      throw corrupt(encoded, "have no gzip member at " + start);
    }
    int flags = encoded.get(ValueLayout.JAVA_BYTE, start + 3);
    if ((flags & FLAGS_RESERVED) != 0) {
      throw corrupt(encoded, "have reserved flags in the member at " + start);
    }
    long at = start + HEADER_BYTES;
    if ((flags & FLAG_EXTRA) != 0) {
      need(encoded, at, 2);
      int extraBytes = Short.toUnsignedInt(encoded.get(SHORT, at));
      need(encoded, at + 2, extraBytes);
      at += 2 + extraBytes;
    }
    if ((flags & FLAG_NAME) != 0) {
      at = skipText(encoded, at);
    }
    if ((flags & FLAG_COMMENT) != 0) {
      at = skipText(encoded, at);
    }
    if ((flags & FLAG_CRC16) != 0) {
      need(encoded, at, 2);
      if (encoded.get(SHORT, at) != (short) crc(encoded.asSlice(start, at - start))) {
        throw corrupt(encoded, "have a damaged header in the member at " + start);
      }
      at += 2;
    }
    return at;
  }

  private static long skipText(MemorySegment encoded, long start) {
    long at = start;
    while (true) {
      need(encoded, at, 1);
      if (encoded.get(ValueLayout.JAVA_BYTE, at++) == 0) {
        return at;
      }
    }
  }

  private static void checkTrailer(MemorySegment encoded, long at, MemorySegment content) {
    need(encoded, at, TRAILER_BYTES);
    if (encoded.get(INT, at) != crc(content)) {
      throw corrupt(encoded, "have a member whose CRC-32 does not match its content");
    }
    if (encoded.get(INT, at + 4) != (int) content.byteSize()) {
      throw corrupt(encoded, "have a member whose length does not match its content");
    }
  }

  private static void need(MemorySegment encoded, long at, long bytes) {
    if (encoded.byteSize() - at < bytes) {
      throw corrupt(encoded, "end within a member");
    }
  }

  private static int crc(MemorySegment segment) {
    CRC32 crc = new CRC32();
    crc.update(segment.asByteBuffer());
    return (int) crc.getValue();
  }

  private static CorruptDataException corrupt(MemorySegment encoded, String what) {
    return new CorruptDataException(
        ErrorCode.DATA_CORRUPT, "codec gzip: " + encoded.byteSize() + " bytes " + what);
  }
}
