package io.penstock.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Locale;

/// What tells the contents of a file from those that the same name had before: a file that replaces
/// another has an inode of its own, one that is changed in place another time or length.
///
/// @param bytes length
/// @param modified time of the last change of the content
/// @param inode number of the file in its file system
record LocalStamp(long bytes, Instant modified, String inode) {
  /// Reads the stamp of the file at a path.
  static LocalStamp read(Path path) throws IOException {
    return of(Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
  }

  static LocalStamp of(BasicFileAttributes attributes) {
    // "(dev=fe01,ino=123)"; the number of the device may change when it is mounted again.
    String fileKey = String.valueOf(attributes.fileKey());
    String inode = fileKey.substring(fileKey.indexOf('=', fileKey.indexOf(',') + 1) + 1);
    return new LocalStamp(
        attributes.size(),
        attributes.lastModifiedTime().toInstant(),
        inode.endsWith(")") ? inode.substring(0, inode.length() - 1) : inode);
  }

  ObjectInfo info(String key) {
    String etag =
        String.format(
            Locale.ROOT,
            "\"%x-%x%08x-%s\"",
            bytes,
            modified.getEpochSecond(),
            modified.getNano(),
            inode);
    return new ObjectInfo(key, bytes, etag, modified);
  }
}
