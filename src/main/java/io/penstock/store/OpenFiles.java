package io.penstock.store;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The files of a local store that were read last, kept open: a loader comes back to a shard chunk
/// by chunk, and looking up a path and opening it costs as much as reading some 100 KiB. Each use
/// asks the system once whether the name still means this file. Thread-safe.
final class OpenFiles implements AutoCloseable {
  /// A file that was deleted takes room on the disk until it is forgotten here.
  private static final int MOST = 128;

  private final LinkedHashMap<String, OpenFile> byKey = new LinkedHashMap<>(16, 0.75f, true);
  private boolean closed;

  /// The file of a key, if it is open and still the one that the key means. The caller closes it.
  Optional<OpenFile> find(String key) throws IOException {
    OpenFile file;
    synchronized (this) {
      file = byKey.get(key);
      if (file == null) {
        return Optional.empty();
      }
      file.share();
    }
    boolean there = false;
    try {
      there = file.isStillThere();
    } finally {
      if (!there) {
        file.close();
        forget(key, file);
      }
    }
    return there ? Optional.of(file) : Optional.empty();
  }

  /// Keeps a file open that its caller has opened.
  void keep(OpenFile file) throws IOException {
    OpenFile before;
    OpenFile eldest = null;
    synchronized (this) {
      if (closed) {
        return;
      }
      file.share();
      before = byKey.put(file.info().key(), file);
      if (byKey.size() > MOST) {
        eldest = byKey.pollFirstEntry().getValue();
      }
    }
    close(before);
    close(eldest);
  }

  /// Closes the file of a key as soon as nobody reads it.
  void forget(String key) throws IOException {
    OpenFile file;
    synchronized (this) {
      file = byKey.remove(key);
    }
    close(file);
  }

  private void forget(String key, OpenFile file) throws IOException {
    boolean kept;
    synchronized (this) {
      kept = byKey.remove(key, file);
    }
    if (kept) {
      file.close();
    }
  }

  private static void close(@Nullable OpenFile file) throws IOException {
    if (file != null) {
      file.close();
    }
  }

  /// Closes all, and keeps none any more.
  @Override
  public void close() throws IOException {
    List<OpenFile> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(byKey.values());
      byKey.clear();
    }
    for (OpenFile file : all) {
      file.close();
    }
  }
}
