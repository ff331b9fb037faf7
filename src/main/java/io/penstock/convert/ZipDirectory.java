package io.penstock.convert;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/// The end of a zip archive, looked at before the JDK loads the archive's directory into memory:
/// how many members it announces, in how many bytes.
///
/// The record at the end is `"PK" 5 6`, numbers of disks, members on this disk (uint16 at 8),
/// members (uint16 at 10), bytes of the directory (uint32 at 12), its place (uint32 at 16), and a
/// comment of at most 65,535 bytes. All ones mean that a ZIP64 record, found through the locator 20
/// bytes before, has the number.
final class ZipDirectory {
  private static final int END_BYTES = 22;
  private static final int LOCATOR_BYTES = 20;
  private static final int END64_BYTES = 56;
  private static final int END_MAGIC = 0x06054b50;
  private static final int LOCATOR_MAGIC = 0x07064b50;
  private static final int END64_MAGIC = 0x06064b50;
  private static final long MAX_BYTES_PER_MEMBER = 1 << 10;

  private ZipDirectory() {}

  /// Refuses an archive whose directory is not sound or larger than so many members need.
  static void check(Path file, int maxMembers) {
    try (FileChannel channel = FileChannel.open(file)) {
      long tailBytes = Math.min(channel.size(), END_BYTES + LOCATOR_BYTES + 65_535L);
      long tailStart = channel.size() - tailBytes;
      ByteBuffer tail = read(channel, tailStart, (int) tailBytes);
      int end = findEnd(file, tail);
      long members = Short.toUnsignedLong(tail.getShort(end + 10));
      long bytes = Integer.toUnsignedLong(tail.getInt(end + 12));
      int locator = end - LOCATOR_BYTES;
      if (locator >= 0 && tail.getInt(locator) == LOCATOR_MAGIC) {
        long place = tail.getLong(locator + 8);
        if (place < 0 || place > channel.size() - END64_BYTES) {
          throw malformed(file, "the place " + place + " of the ZIP64 record is outside the file");
        }
        ByteBuffer end64 = read(channel, place, END64_BYTES);
        if (end64.getInt(0) != END64_MAGIC) {
          throw malformed(file, "there is no ZIP64 record at " + place);
        }
        members = end64.getLong(32);
        bytes = end64.getLong(40);
      }
      if (members < 0 || members > maxMembers) {
        throw malformed(
            file, Long.toUnsignedString(members) + " members exceed the limit of " + maxMembers);
      }
      if (bytes < 0 || bytes > maxMembers * MAX_BYTES_PER_MEMBER) {
        throw malformed(
            file,
            "a directory of "
                + Long.toUnsignedString(bytes)
                + " bytes exceeds the limit of "
                + maxMembers * MAX_BYTES_PER_MEMBER);
      }
    } catch (IOException e) {
      throw InputFiles.unreadable(file.toString(), e);
    }
  }

  private static int findEnd(Path file, ByteBuffer tail) {
    for (int at = tail.limit() - END_BYTES; at >= 0; at--) {
      if (tail.getInt(at) == END_MAGIC
          && Short.toUnsignedInt(tail.getShort(at + 20)) == tail.limit() - at - END_BYTES) {
        return at;
      }
    }
    throw malformed(file, "the archive has no end record: it is cut, or no zip archive");
  }

  private static ByteBuffer read(FileChannel channel, long at, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) >= 0) {
      // a channel may give less than there is room for
    }
    return buffer.flip();
  }

  private static CorruptDataException malformed(Path file, String detail) {
    return new CorruptDataException(ErrorCode.INPUT_MALFORMED, file.toString(), detail);
  }
}
