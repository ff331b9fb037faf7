package io.penstock.bench;

import io.penstock.store.ByteRange;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;

/// A way to read ranges of objects into memory, and what it keeps for that: connections, threads.
/// Ranges are read whole; anything else is a failure.
sealed interface RangeReads extends AutoCloseable {
  /// What reads, with its version, in words.
  String with();

  @Override
  void close();

  /// One that answers later. Thread-safe.
  non-sealed interface Later extends RangeReads {
    /// Begins to read a range. The slot is lent until the future is done.
    ///
    /// @param key below the bucket
    CompletableFuture<?> read(String key, ByteRange range, MemorySegment slot);
  }

  /// One that keeps a thread for each range that is under way.
  non-sealed interface Blocking extends RangeReads {
    /// What one thread reads with, at one time after the other.
    Reader reader();
  }

  /// Reads a range at a time. One thread.
  interface Reader extends AutoCloseable {
    /// Reads a range. Blocks.
    ///
    /// @param key below the bucket
    void read(String key, ByteRange range, MemorySegment slot) throws IOException;

    @Override
    void close() throws IOException;
  }

  /// The head's field for a range.
  static String field(ByteRange range) {
    return "bytes=" + range.offset() + "-" + (range.end() - 1);
  }

  /// Fails unless the answer is a part of that length.
  static void check(int status, long bytes, ByteRange range) throws IOException {
    if (status != 206 || bytes != range.length()) {
      throw new IOException(
          "the answer is "
              + status
              + " with "
              + bytes
              + " bytes, a part of "
              + range.length()
              + " was asked for");
    }
  }
}
