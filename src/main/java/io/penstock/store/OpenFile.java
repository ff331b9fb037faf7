package io.penstock.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// A file open for reading, with the stamp of just this file, in the hands of those who read it and
/// perhaps of [OpenFiles], which keeps it for the next. Who has it closes it once; the last one
/// closes the file. Thread-safe.
final class OpenFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final LocalStamp stamp;
  private final ObjectInfo info;
  private int hands = 1;

  private OpenFile(Path path, FileChannel channel, LocalStamp stamp, String key) {
    this.path = path;
    this.channel = channel;
    this.stamp = stamp;
    this.info = stamp.info(key);
  }

  /// Opens the file that a path means now, or returns null if that is not the one with this stamp.
  /// A path says which file it means only for an instant: when its stamp is the same before and
  /// after opening it, that is the stamp of the file that was opened.
  static @Nullable OpenFile open(String key, Path path, LocalStamp before) throws IOException {
    FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    OpenFile file = new OpenFile(path, channel, before, key);
    boolean same = false;
    try {
      same = file.isStillThere();
    } finally {
      if (!same) {
        channel.close();
      }
    }
    return same ? file : null;
  }

  FileChannel channel() {
    return channel;
  }

  ObjectInfo info() {
    return info;
  }

  /// Whether the path means just this file, unchanged, and it can be read.
  boolean isStillThere() throws IOException {
    try {
      return channel.isOpen() && LocalStamp.read(path).equals(stamp);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /// Gives it to one more. For those who have it.
  synchronized void share() {
    hands++;
  }

  @Override
  public void close() throws IOException {
    boolean last;
    synchronized (this) {
      last = --hands == 0;
    }
    if (last) {
      channel.close();
    }
  }
}
