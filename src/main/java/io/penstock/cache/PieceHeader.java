package io.penstock.cache;

import io.penstock.store.ObjectInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.zip.CRC32C;

/// What stands before the bytes of a piece in its file, and tells whose they are.
///
/// @param piece dataset, key and range
/// @param info of the object that the bytes are from
/// @param dataCrc CRC-32C of the bytes
record PieceHeader(Piece piece, ObjectInfo info, int dataCrc) {
  /*
   * All numbers little-endian:
   *
   *   0  int64  magic, which ends with the number of this form
   *   8  int32  bytes of the header, its checksum included
   *  12  int32  CRC-32C of the data
   *  16  int64  offset of the data in the object
   *  24  int64  length of the data
   *  32  int64  length of the object
   *  40  int64  when it was modified: seconds since 1970
   *  48  int32  and nanoseconds
   *  52  int32  bytes of the dataset's scope, a slash and the object's key
   *  56  int32  bytes of the object's tag
   *  60         scope, slash and key; tag
   *      int32  CRC-32C of everything before
   *
   * The data follow at once and end the file.
   */
  static final int MOST_BYTES = 4096;

  private static final long MAGIC = 0x3150_4b4e_5453_4e50L; // "PNSTNKP1"
  private static final int FIXED_BYTES = 60;

  /// The header as bytes, ready to be written; empty where key and tag are too long for one.
  Optional<ByteBuffer> encode() {
    byte[] object = piece.object().getBytes(StandardCharsets.UTF_8);
    byte[] tag = info.etag().getBytes(StandardCharsets.UTF_8);
    int bytes = FIXED_BYTES + object.length + tag.length + Integer.BYTES;
    if (bytes > MOST_BYTES) {
      return Optional.empty();
    }
    ByteBuffer header = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(MAGIC).putInt(bytes).putInt(dataCrc);
    header.putLong(piece.offset()).putLong(piece.length()).putLong(info.bytes());
    Instant modified = info.modified();
    header.putLong(modified.getEpochSecond()).putInt(modified.getNano());
    header.putInt(object.length).putInt(tag.length).put(object).put(tag);
    return Optional.of(header.putInt(crc(header, header.position())).flip());
  }

  /// How many bytes the header takes that begins a file, or 0 if none begins it.
  static int encodedBytes(ByteBuffer file) {
    ByteBuffer bytes = file.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.limit() < FIXED_BYTES + Integer.BYTES || bytes.getLong(0) != MAGIC) {
      return 0;
    }
    int count = bytes.getInt(8);
    return count >= FIXED_BYTES + Integer.BYTES && count <= bytes.limit() ? count : 0;
  }

  /// The header at the beginning of a file, if it is whole and that of this piece.
  ///
  /// @param file its first bytes, from 0 to the limit
  static Optional<PieceHeader> decode(Piece expected, ByteBuffer file) {
    ByteBuffer bytes = file.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int count = encodedBytes(bytes);
    if (count == 0 || crc(bytes, count - Integer.BYTES) != bytes.getInt(count - Integer.BYTES)) {
      return Optional.empty();
    }
    byte[] object = expected.object().getBytes(StandardCharsets.UTF_8);
    int tagBytes = bytes.getInt(56);
    byte[] found = new byte[object.length];
    if (bytes.getLong(16) != expected.offset()
        || bytes.getLong(24) != expected.length()
        || bytes.getInt(52) != object.length
        || tagBytes != count - FIXED_BYTES - object.length - Integer.BYTES) {
      return Optional.empty();
    }
    byte[] tag = new byte[tagBytes];
    bytes.position(FIXED_BYTES).get(found).get(tag);
    if (!java.util.Arrays.equals(found, object)) {
      return Optional.empty();
    }
    try {
      ObjectInfo info =
          new ObjectInfo(
              expected.key(),
              bytes.getLong(32),
              new String(tag, StandardCharsets.UTF_8),
              Instant.ofEpochSecond(bytes.getLong(40), bytes.getInt(48)));
      return Optional.of(new PieceHeader(expected, info, bytes.getInt(12)));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static int crc(ByteBuffer bytes, int end) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().position(0).limit(end));
    return (int) crc.getValue();
  }
}
