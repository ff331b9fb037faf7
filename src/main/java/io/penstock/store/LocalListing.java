package io.penstock.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// One page of a listing of a directory tree in the order of keys. Used once, by one thread.
final class LocalListing {
  // Depth first, one directory in memory for each level. A directory sorts as its name with a `/`
  // behind it, which is what its keys have there: `a-b` before `a/b` before `a0`. A directory all
  // of whose keys are up to the start is never opened.
  private final LocalTree tree;
  private final String prefix;
  private final String startAfter;
  private final int maxKeys;
  private final List<ObjectInfo> page = new ArrayList<>();
  private boolean truncated;

  LocalListing(LocalTree tree, String prefix, String startAfter, int maxKeys) {
    this.tree = tree;
    this.prefix = prefix;
    this.startAfter = startAfter;
    this.maxKeys = maxKeys;
  }

  ObjectPage page() throws IOException {
    String directoryKey = prefix.substring(0, prefix.lastIndexOf('/') + 1);
    Path directory = tree.resolve(withoutSlash(directoryKey));
    if (tree.find(directoryKey, directory).isPresent()) {
      walk(directory, directoryKey);
    }
    return new ObjectPage(page, truncated);
  }

  private void walk(Path directory, String directoryKey) throws IOException {
    for (Entry entry : entries(directory, directoryKey)) {
      if (entry.attributes().isDirectory()) {
        walk(entry.path(), entry.key());
      } else if (page.size() == maxKeys) {
        truncated = true;
      } else {
        page.add(LocalStamp.of(entry.attributes()).info(entry.key()));
      }
      if (truncated) {
        return;
      }
    }
  }

  /// A file, or a directory whose key ends with `/`.
  private record Entry(String key, Path path, BasicFileAttributes attributes) {}

  private List<Entry> entries(Path directory, String directoryKey) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (Path path : LocalTree.children(directory)) {
      String key = directoryKey + path.getFileName();
      if (!key.equals(LocalTree.STAGING)
          && Keys.isKey(key)
          && (wantedFile(key) || wantedDirectory(key + "/"))) {
        try {
          BasicFileAttributes attributes =
              Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
          if (attributes.isRegularFile() && wantedFile(key)) {
            entries.add(new Entry(key, path, attributes));
          } else if (attributes.isDirectory() && wantedDirectory(key + "/")) {
            entries.add(new Entry(key + "/", path, attributes));
          }
        } catch (NoSuchFileException _) {
          // Deleted since the directory was read.
        }
      }
    }
    entries.sort(Comparator.comparing(Entry::key, Keys.ORDER));
    return entries;
  }

  private boolean wantedFile(String key) {
    return key.startsWith(prefix) && Keys.ORDER.compare(key, startAfter) > 0;
  }

  private boolean wantedDirectory(String key) {
    return (key.startsWith(prefix) || prefix.startsWith(key))
        && (Keys.ORDER.compare(key, startAfter) > 0 || startAfter.startsWith(key));
  }

  /// The names, each with a `/`, of the directories directly below a prefix that hold an object.
  static List<String> directories(LocalTree tree, String prefix) throws IOException {
    List<String> names = new ArrayList<>();
    Path directory = tree.resolve(withoutSlash(prefix));
    if (tree.find(prefix, directory).isPresent()) {
      for (Path path : LocalTree.children(directory)) {
        String name = path.getFileName().toString();
        if (!(prefix + name).equals(LocalTree.STAGING)
            && Keys.isKey(prefix + name)
            && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
            && LocalTree.containsFile(path)) {
          names.add(name + "/");
        }
      }
    }
    names.sort(Keys.ORDER);
    return List.copyOf(names);
  }

  private static String withoutSlash(String directoryKey) {
    return directoryKey.isEmpty()
        ? directoryKey
        : directoryKey.substring(0, directoryKey.length() - 1);
  }
}
