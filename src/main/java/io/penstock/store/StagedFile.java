package io.penstock.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;

/// A file in the making, which no key names yet. Thread-safe: pieces may be written side by side.
/// Closing it removes its staged name.
final class StagedFile implements AutoCloseable {
  /*
   * Large native segments go past the page cache (O_DIRECT): nobody copies what the disk fetches by
   * itself, and writing a dataset does not push out what the machine has cached. The kernel moves
   * whole blocks then, between places that are aligned alike in memory and in the file; the bytes
   * before the first and behind the last whole block go through the cache, and so does everything
   * where the file system does not take part.
   */
  private static final long DIRECT_BYTES = 1L << 20;

  private final Path path;
  private final FileChannel cached;
  private Optional<Direct> direct = Optional.empty();
  private boolean directTried;

  /// @param blockBytes that direct transfers are multiples of
  private record Direct(FileChannel channel, long blockBytes) {}

  private StagedFile(Path path, FileChannel cached) {
    this.path = path;
    this.cached = cached;
  }

  /// Creates an empty file.
  static StagedFile create(Path path) throws IOException {
    return new StagedFile(
        path, FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
  }

  Path path() {
    return path;
  }

  /// Writes a segment at a position.
  void write(MemorySegment body, long position) throws IOException {
    boolean large = body.isNative() && body.byteSize() >= DIRECT_BYTES;
    Optional<Direct> past = large ? direct() : Optional.empty();
    if (past.isEmpty() || !writeBlocks(past.get(), body, position)) {
      FileBytes.write(cached, body, position);
    }
  }

  /// Writes the whole blocks of a segment past the cache, and the rest through it; false if that is
  /// not possible.
  private boolean writeBlocks(Direct past, MemorySegment body, long position) throws IOException {
    long head = Math.floorMod(-position, past.blockBytes);
    if ((body.address() + head) % past.blockBytes != 0) {
      return false;
    }
    long tail = head + (body.byteSize() - head) / past.blockBytes * past.blockBytes;
    try {
      FileBytes.write(past.channel, body.asSlice(head, tail - head), position + head);
    } catch (IOException e) {
      // Some file systems find out only now. If it is the disk, the cached way fails as well.
      return false;
    }
    FileBytes.write(cached, body.asSlice(0, head), position);
    FileBytes.write(cached, body.asSlice(tail), position + tail);
    return true;
  }

  private synchronized Optional<Direct> direct() {
    if (!directTried) {
      directTried = true;
      direct = directOption().flatMap(this::openDirect);
    }
    return direct;
  }

  private Optional<Direct> openDirect(OpenOption option) {
    try {
      long block = Math.max(Upload.BLOCK_BYTES, Files.getFileStore(path).getBlockSize());
      return Optional.of(
          new Direct(FileChannel.open(path, StandardOpenOption.WRITE, option), block));
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  /// The JDK's option, which is documented but not part of Java SE: hence by name.
  private static Optional<OpenOption> directOption() {
    try {
      Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
      return Arrays.stream(options.getEnumConstants())
          .filter(option -> option.toString().equals("DIRECT"))
          .map(OpenOption.class::cast)
          .findFirst();
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    }
  }

  /// Makes what was written survive a crash of the machine.
  void flush() throws IOException {
    cached.force(false);
  }

  @Override
  public synchronized void close() throws IOException {
    try (cached) {
      if (direct.isPresent()) {
        direct.get().channel.close();
      }
    } finally {
      Files.deleteIfExists(path);
    }
  }
}
