package io.penstock.store;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/// Reads and writes all of a segment at a position of a file, however few bytes the system moves at
/// a time. For those who keep files.
public final class FileBytes {
  private FileBytes() {}

  /// Fills a segment from a position of a file on.
  ///
  /// @return how many bytes the file had for it; fewer than it has room for at the end of the file
  public static long fill(FileChannel file, MemorySegment target, long position)
      throws IOException {
    long at = position;
    for (MemorySegment piece : Pieces.of(target)) {
      ByteBuffer bytes = piece.asByteBuffer();
      while (bytes.hasRemaining()) {
        int count = file.read(bytes, at);
        if (count < 0) {
          return at - position;
        }
        at += count;
      }
    }
    return at - position;
  }

  /// Writes all bytes of a segment from a position of a file on.
  public static void write(FileChannel file, MemorySegment body, long position) throws IOException {
    long at = position;
    for (MemorySegment piece : Pieces.of(body)) {
      ByteBuffer bytes = piece.asByteBuffer();
      while (bytes.hasRemaining()) {
        int count = file.write(bytes, at);
        if (count == 0) {
          throw new EOFException("the file takes no more bytes");
        }
        at += count;
      }
    }
  }
}
