package io.penstock.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;

/// What tells the contents of a file from those that the same name had before: a file that replaces
/// another has an inode of its own, one that is changed in place another time or length.
///
/// @param bytes length
/// @param modified time of the last change of the content
/// @param fileKey tells the file from others, while the file system is mounted
record LocalStamp(long bytes, FileTime modified, Object fileKey) {
  /// Reads the stamp of the file at a path.
  static LocalStamp read(Path path) throws IOException {
    return of(Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
  }

  static LocalStamp of(BasicFileAttributes attributes) {
    return new LocalStamp(
        attributes.size(),
        attributes.lastModifiedTime(),
        Objects.requireNonNullElse(attributes.fileKey(), ""));
  }

  ObjectInfo info(String key) {
    Instant instant = modified.toInstant();
    String etag =
        String.format(
            Locale.ROOT,
            "\"%x-%x%08x-%s\"",
            bytes,
            instant.getEpochSecond(),
            instant.getNano(),
            inode());
    return new ObjectInfo(key, bytes, etag, instant);
  }

  /// "(dev=fe01,ino=123)"; the number of the device may change when it is mounted again.
  private String inode() {
    String text = fileKey.toString();
    String inode = text.substring(text.indexOf('=', text.indexOf(',') + 1) + 1);
    return inode.endsWith(")") ? inode.substring(0, inode.length() - 1) : inode;
  }
}
