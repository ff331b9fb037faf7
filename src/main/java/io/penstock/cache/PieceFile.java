package io.penstock.cache;

import io.penstock.store.FileBytes;
import io.penstock.store.ObjectInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32C;

/// The file of one piece, open for reading. One thread at a time.
final class PieceFile implements AutoCloseable {
  // Bytes are checked while they are still in the processor's cache, and a reader that was
  // cancelled stops after so many.
  private static final long STEP_BYTES = 1 << 20;
  private static final long BLOCK_BYTES = 4096;

  private final FileChannel file;
  private final PieceHeader header;
  private final long dataAt;

  private PieceFile(FileChannel file, PieceHeader header, long dataAt) {
    this.file = file;
    this.header = header;
    this.dataAt = dataAt;
  }

  /// What was found under a piece's name.
  sealed interface Found {
    /// Nothing.
    record Absent() implements Found {}

    /// Something that is not this piece.
    record Wrong() implements Found {}

    /// The piece, as far as its header and its length tell. Whoever gets it closes it.
    record Whole(PieceFile file) implements Found {}
  }

  /// Looks for a piece. Does I/O.
  static Found open(Opening opening, Path path, Piece piece) throws IOException {
    try {
      return opened(opening.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS), piece);
    } catch (NoSuchFileException | NotDirectoryException _) {
      return new Found.Absent();
    } catch (IOException e) {
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
          && !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        return new Found.Wrong();
      }
      throw e;
    }
  }

  private static Found opened(FileChannel file, Piece piece) throws IOException {
    Found found = new Found.Wrong();
    try {
      ByteBuffer start = ByteBuffer.allocate(PieceHeader.MOST_BYTES);
      start.limit(Math.toIntExact(FileBytes.fill(file, MemorySegment.ofBuffer(start), 0)));
      Optional<PieceHeader> header = PieceHeader.decode(piece, start);
      int dataAt = PieceHeader.encodedBytes(start);
      if (header.isPresent() && file.size() == dataAt + piece.length()) {
        found = new Found.Whole(new PieceFile(file, header.get(), dataAt));
      }
    } finally {
      if (found instanceof Found.Wrong) {
        file.close();
      }
    }
    return found;
  }

  /// The object that the bytes are from, as it was when they were read.
  ObjectInfo info() {
    return header.info();
  }

  /// Reads the bytes straight into a segment of just their length, and checks them.
  ///
  /// @param betweenSteps run every now and then; may throw to stop
  /// @return whether they are those that were written; if not, the segment holds anything
  boolean read(MemorySegment target, Runnable betweenSteps) throws IOException {
    CRC32C crc = new CRC32C();
    for (long at = 0; at < target.byteSize(); at += STEP_BYTES) {
      betweenSteps.run();
      MemorySegment step = step(target, at);
      if (FileBytes.fill(file, step, dataAt + at) < step.byteSize()) {
        return false;
      }
      crc.update(step.asByteBuffer());
    }
    return (int) crc.getValue() == header.dataCrc();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /// Writes a piece to a new file.
  ///
  /// @param header as [PieceHeader#encode] gives it
  static void write(Opening opening, Path path, ByteBuffer header, MemorySegment data)
      throws IOException {
    try (FileChannel file =
        opening.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      FileBytes.write(file, MemorySegment.ofBuffer(header), 0);
      FileBytes.write(file, data, header.remaining());
    }
  }

  /// CRC-32C of a segment.
  static int crc(MemorySegment data) {
    CRC32C crc = new CRC32C();
    for (long at = 0; at < data.byteSize(); at += STEP_BYTES) {
      crc.update(step(data, at).asByteBuffer());
    }
    return (int) crc.getValue();
  }

  private static MemorySegment step(MemorySegment data, long at) {
    return data.asSlice(at, Math.min(STEP_BYTES, data.byteSize() - at));
  }

  /// What a file of so many bytes counts against the budget: whole blocks of a file system.
  static long budgetBytes(long fileBytes) {
    return Math.ceilDiv(fileBytes, BLOCK_BYTES) * BLOCK_BYTES;
  }
}
