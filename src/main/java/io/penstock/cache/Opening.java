package io.penstock.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/// How a cache opens its files; tests put failing disks here.
@FunctionalInterface
interface Opening {
  /// The file system itself.
  Opening DIRECT = FileChannel::open;

  /// Opens a file.
  FileChannel open(Path file, OpenOption... options) throws IOException;
}
