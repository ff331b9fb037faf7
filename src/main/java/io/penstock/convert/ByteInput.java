package io.penstock.convert;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.OptionalLong;

/// The bytes of one file, or of one member of one, from the front to the back. Says at which byte a
/// file ends too early. One thread at a time.
final class ByteInput implements AutoCloseable {
  private static final long MOST_BYTES_AT_ONCE = 1L << 30;

  private final String origin;
  private final ReadableByteChannel channel;
  private final OptionalLong length;
  private long position;

  /// Takes ownership of the channel. That of a file fills segments without a copy on the way.
  ///
  /// @param length of the whole input in bytes, if it is known before it is read
  ByteInput(String origin, ReadableByteChannel channel, OptionalLong length) {
    this.origin = origin;
    this.channel = channel;
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
    byte[] bytes = new byte[count];
    fill(MemorySegment.ofArray(bytes), field);
    return bytes;
  }

  /// Fills a segment.
  void fill(MemorySegment target, String field) {
    long needed = target.byteSize();
    long done = 0;
    try {
      while (done < needed) {
        long some = Math.min(needed - done, MOST_BYTES_AT_ONCE);
        int read = channel.read(target.asSlice(done, some).asByteBuffer());
        if (read < 0) {
          throw endsEarly(field, position + needed, position + done);
        }
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
      if (channel.read(ByteBuffer.allocate(1)) >= 0) {
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
      channel.close();
    } catch (IOException e) {
      throw broken(e);
    }
  }
}
