package io.penstock.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;

/// How many bytes of a cache's budget are used, in a file that all processes share, and the lock
/// under which they change anything. Thread-safe.
final class Ledger implements AutoCloseable {
  /*
   * Little-endian: int64 magic, int64 bytes, int32 CRC-32C of both.
   *
   * The lock is the operating system's on the first byte of this file, so it ends with the process
   * that holds it, however that ends; between the threads of this process a lock of Java's comes
   * first. Closing any channel of a file ends all locks that the process has on it, so a process has
   * one channel only; a shared lock on another byte, which all processes hold, tells a second one. The number
   * is raised before a piece is published and lowered after one is removed: a process killed in
   * between leaves it too high, never too low, and the next count puts it right.
   */
  private static final long MAGIC = 0x314c_4b4e_5453_4e50L; // "PNSTNKL1"
  private static final int BYTES = 20;
  private static final long PRESENCE = 1L << 40;
  private static final long CLOSE_SECONDS = 1;

  private final FileChannel file;
  private final ReentrantLock threads = new ReentrantLock();

  /// Opens it, or makes one.
  ///
  /// @throws IOException if this process has it open already, too
  Ledger(Path path) throws IOException {
    file =
        FileChannel.open(
            path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    try {
      FileLock presence = file.tryLock(PRESENCE, 1, true);
      assert presence == null || presence.isShared();
    } catch (OverlappingFileLockException e) {
      file.close();
      throw new IOException("this process has it open already; share one cache", e);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /// What is done under the lock.
  @FunctionalInterface
  interface Work<T> {
    /// Runs.
    T run() throws IOException;
  }

  /// Does something while nobody else changes the directory. Blocks; not reentrant.
  ///
  /// @throws IOException if the work throws it, or if this was closed
  <T> T locked(Work<T> work) throws IOException {
    threads.lock();
    try (FileLock _ = file.lock(0, 1, false)) {
      return work.run();
    } finally {
      threads.unlock();
    }
  }

  /// The bytes used; empty if they are not known and must be counted. Under the lock.
  OptionalLong used() throws IOException {
    ByteBuffer entry = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    int count = file.read(entry, 0);
    boolean whole =
        count == BYTES && entry.getLong(0) == MAGIC && crc(entry) == entry.getInt(BYTES - 4);
    return whole ? OptionalLong.of(entry.getLong(8)) : OptionalLong.empty();
  }

  /// Notes the bytes used. Under the lock.
  void note(long usedBytes) throws IOException {
    ByteBuffer entry = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    entry.putLong(0, MAGIC).putLong(8, usedBytes);
    entry.putInt(BYTES - 4, crc(entry));
    file.write(entry, 0);
  }

  private static int crc(ByteBuffer entry) {
    CRC32C crc = new CRC32C();
    crc.update(entry.duplicate().position(0).limit(BYTES - 4));
    return (int) crc.getValue();
  }

  /// Ends the wait of whoever waits for another process; waits a moment for work that is going on.
  @Override
  public void close() throws IOException {
    boolean idle = false;
    try {
      idle = threads.tryLock(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      file.close();
    } finally {
      if (idle) {
        threads.unlock();
      }
    }
  }
}
