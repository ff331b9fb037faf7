package io.penstock.convert;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Images in a folder: either a folder for each class with images in it, or images alone. Folders
/// and files come in the order of their names; names that begin with a dot do not count. Links to
/// files and folders are followed, as they are by every program that is given a folder.
///
/// @param root the folder itself
/// @param classes folders of images in order of their names; the root alone for a flat folder
/// @param labelled whether the classes are sub-folders
record ImageFolder(Path root, List<Path> classes, boolean labelled) {
  static ImageFolder open(Path root) {
    List<Path> entries = entries(root);
    List<Path> folders = entries.stream().filter(Files::isDirectory).toList();
    if (folders.isEmpty()) {
      return new ImageFolder(root, List.of(root), false);
    }
    if (folders.size() < entries.size()) {
      Path file = entries.stream().filter(entry -> !Files.isDirectory(entry)).findFirst().get();
      throw malformed(
          file, "is a file beside " + folders.size() + " class folders, so it has no class");
    }
    return new ImageFolder(root, folders, true);
  }

  /// The files of one class, in order.
  List<Path> files(int classIndex) {
    List<Path> files = entries(classes.get(classIndex));
    for (Path file : files) {
      if (!Files.isRegularFile(file)) {
        throw malformed(file, "is no file, but stands where an image should");
      }
    }
    return files;
  }

  /// The label of a class: the folder's name if all of them are numbers, else its index.
  long label(int classIndex) {
    boolean numbers = classes.stream().allMatch(path -> name(path).matches("[0-9]{1,18}"));
    return numbers ? Long.parseLong(name(classes.get(classIndex))) : classIndex;
  }

  /// The names of the classes, in order.
  List<String> classNames() {
    return classes.stream().map(ImageFolder::name).toList();
  }

  private static String name(Path path) {
    return Objects.requireNonNull(path.getFileName(), "a root has no name").toString();
  }

  private static List<Path> entries(Path folder) {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      for (Path entry : stream) {
        if (!name(entry).startsWith(".")) {
          entries.add(entry);
        }
      }
    } catch (IOException e) {
      throw InputFiles.unreadable(folder.toString(), e);
    } catch (java.nio.file.DirectoryIteratorException e) {
      throw InputFiles.unreadable(
          folder.toString(), Objects.requireNonNull(e.getCause(), "always has a cause"));
    }
    entries.sort(java.util.Comparator.comparing(ImageFolder::name));
    return entries;
  }

  static CorruptDataException malformed(Path path, String detail) {
    return new CorruptDataException(ErrorCode.INPUT_MALFORMED, path.toString(), detail);
  }
}
