package io.penstock.convert;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalLong;

/// The bytes of one file, or of one member of one, from the front to the back. Says at which byte a
/// file ends too early. One thread at a time.
final class ByteInput implements AutoCloseable {
  private final String origin;
  private final InputStream stream;
  private final OptionalLong length;
  private final byte[] transfer = new byte[1 << 16];
  private long position;

  /// Takes ownership of the stream.
  ///
  /// @param length of the whole input in bytes, if it is known before it is read
  ByteInput(String origin, InputStream stream, OptionalLong length) {
    this.origin = origin;
    this.stream = stream;
    this.length = length;
  }

  /// What is read, for messages.
  String origin() {
    return origin;
  }

  /// Bytes read so far, after any decompression.
  long position() {
    return position;
  }

  /// Reads exactly so many bytes, a header's field for instance.
  byte[] bytes(int count, String field) {
    try {
      byte[] bytes = stream.readNBytes(count);
      if (bytes.length < count) {
        throw endsEarly(field, position + count, position + bytes.length);
      }
      position += count;
      return bytes;
    } catch (IOException e) {
      throw broken(e);
    }
  }

  /// Fills a segment.
  void fill(MemorySegment target, String field) {
    long needed = target.byteSize();
    long done = 0;
    try {
      while (done < needed) {
        int read = stream.read(transfer, 0, (int) Math.min(transfer.length, needed - done));
        if (read < 0) {
          throw endsEarly(field, position + needed, position + done);
        }
        MemorySegment.copy(transfer, 0, target, ValueLayout.JAVA_BYTE, done, read);
        done += read;
      }
      position += needed;
    } catch (IOException e) {
      throw broken(e);
    }
  }

  /// Makes sure that the input has exactly so many more bytes, as far as that is known by now.
  void expectRemaining(long bytes, String what) {
    if (length.isPresent() && bytes != length.getAsLong() - position) {
      throw malformed(
          what
              + " needs "
              + bytes
              + " bytes from byte "
              + position
              + " on, there are "
              + (length.getAsLong() - position));
    }
  }

  /// Makes sure that nothing follows.
  void expectEnd(String what) {
    try {
      if (stream.read() >= 0) {
        throw malformed("bytes follow behind " + what + ", which ends at byte " + position);
      }
    } catch (IOException e) {
      throw broken(e);
    }
  }

  /// A failure of this input.
  CorruptDataException malformed(String detail) {
    return new CorruptDataException(ErrorCode.INPUT_MALFORMED, origin, detail);
  }

  private CorruptDataException endsEarly(String field, long expected, long found) {
    return malformed("ends within " + field + ": needs " + expected + " bytes, has " + found);
  }

  private PenstockException broken(IOException e) {
    return InputFiles.unreadable(origin, e);
  }

  @Override
  public void close() {
    try {
      stream.close();
    } catch (IOException e) {
      throw broken(e);
    }
  }
}
