package io.penstock.store;

import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/// The directory below a [LocalStore]: which file a key means, and how files appear in it.
/// Thread-safe, and safe beside other processes that do the same.
final class LocalTree {
  // A file is written whole under STAGING, flushed, and then linked or renamed to its place; so
  // nothing half-written is ever at a key. Keys cannot begin with STAGING, and listings leave it
  // out. What lies there and is old was left over by a process that died.
  //
  // Directories are made when a file needs them and removed with their last file, as on an object
  // store; whoever meets a directory that vanished in between makes it again.
  //
  // Symbolic links below the root are not followed: the real path of a file must be its path.
  static final String STAGING = ".penstock-staging";

  // A directory can vanish between making and using it once for each concurrent delete beside it.
  private static final int MAX_ATTEMPTS = 100;

  private final Path root;
  private final Path staging;
  private final AtomicLong nextStaged = new AtomicLong();

  LocalTree(Path directory) throws IOException {
    this.root = realRoot(directory.toAbsolutePath().normalize());
    this.staging = root.resolve(STAGING);
  }

  private static Path realRoot(Path directory) throws IOException {
    if (Files.exists(directory)) {
      return directory.toRealPath();
    }
    Path parent = directory.getParent();
    return parent == null ? directory : realRoot(parent).resolve(directory.getFileName());
  }

  Path root() {
    return root;
  }

  /// The path of a key, whether or not a file is there.
  Path path(String key) {
    Keys.check(key);
    if (key.equals(STAGING) || key.startsWith(STAGING + "/")) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "key " + key + ": " + STAGING + " holds unfinished files");
    }
    return resolve(key);
  }

  /// The path of a key or of a directory (without a `/` at its end); empty is the root.
  Path resolve(String key) {
    try {
      return root.resolve(key);
    } catch (InvalidPathException e) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "key "
              + key
              + " cannot be a file name in this process's locale; run it in a UTF-8 locale",
          e);
    }
  }

  /// The path if something is there and no symbolic link leads to it.
  Optional<Path> find(String key, Path path) throws IOException {
    Path real;
    try {
      real = path.toRealPath();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (FileSystemException e) {
      if (fileAbove(path).isPresent()) {
        return Optional.empty();
      }
      throw e;
    }
    if (!real.equals(path)) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "key " + key + " leads through a symbolic link, which a store does not follow");
    }
    return Optional.of(real);
  }

  private Optional<Path> fileAbove(Path path) {
    for (Path above = path.getParent(); above != null; above = above.getParent()) {
      if (Files.isRegularFile(above, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.of(above);
      }
    }
    return Optional.empty();
  }

  /// A new empty file that no key names.
  StagedFile stage() throws IOException {
    for (int attempt = 0; ; attempt++) {
      Path file =
          staging.resolve(ProcessHandle.current().pid() + "-" + nextStaged.getAndIncrement());
      try {
        Files.createDirectories(staging);
        return StagedFile.create(file);
      } catch (FileAlreadyExistsException | NoSuchFileException e) {
        if (attempt == MAX_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /// Gives a staged, flushed file the name of a key, if that is free. On return the file is there;
  /// its name is durable after [#flushName].
  ///
  /// @return whether the key was free
  boolean link(Path staged, String key, Path target) throws IOException {
    return place(
        key,
        target,
        () -> {
          try {
            Files.createLink(target, staged);
            return true;
          } catch (FileAlreadyExistsException e) {
            if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
              throw e;
            }
            return false;
          } catch (UnsupportedOperationException e) {
            throw new RefusedException(
                ErrorCode.STORE_INCAPABLE,
                "the file system of " + root + " has no hard links, which writing needs",
                e);
          }
        });
  }

  /// Gives a staged, flushed file the name of a key, in place of the file that has it.
  void replace(Path staged, String key, Path target) throws IOException {
    place(
        key,
        target,
        () -> {
          Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
          return true;
        });
  }

  @FunctionalInterface
  private interface Placing {
    boolean run() throws IOException;
  }

  private boolean place(String key, Path target, Placing placing) throws IOException {
    for (int attempt = 0; ; attempt++) {
      makeDirectory(key, parent(target));
      try {
        return placing.run();
      } catch (NoSuchFileException e) {
        if (attempt == MAX_ATTEMPTS) {
          throw e;
        }
      } catch (FileSystemException e) {
        if (attempt == MAX_ATTEMPTS || !Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
          throw e;
        }
        if (containsFile(target)) {
          throw collision(key, "there are objects under " + key + "/", e);
        }
        removeEmptyDirectories(target);
      }
    }
  }

  private static RefusedException collision(String key, String why, IOException cause) {
    return new RefusedException(
        ErrorCode.STORE_INCAPABLE,
        "key "
            + key
            + " cannot be an object in a directory, where a name is a file or a directory: "
            + why,
        cause);
  }

  private static Path parent(Path file) {
    return Objects.requireNonNull(file.getParent(), "a file below the root has a parent");
  }

  private void makeDirectory(String key, Path directory) throws IOException {
    if (find(key, directory).isPresent()
        && Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Deque<Path> missing = new ArrayDeque<>();
    for (Path at = directory; at != null && !Files.isDirectory(at); at = at.getParent()) {
      missing.push(at);
    }
    for (Path next : missing) {
      try {
        Files.createDirectory(next);
      } catch (FileAlreadyExistsException e) {
        if (Files.isRegularFile(next, LinkOption.NOFOLLOW_LINKS)) {
          throw collision(key, next + " is a file", e);
        }
      } catch (NoSuchFileException e) {
        return; // removed by somebody in between: the caller tries again
      }
      flushDirectory(parent(next));
    }
  }

  /// Makes the name of a file, or its absence, survive a crash of the machine.
  void flushName(Path file) throws IOException {
    flushDirectory(parent(file));
  }

  private static void flushDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (NoSuchFileException _) {
      // Whoever removed it since has nothing left in it that could be lost.
    }
  }

  /// Removes a file, if it is there, and the directories that this leaves empty.
  void delete(Path file) throws IOException {
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Files.deleteIfExists(file)) {
      flushDirectory(parent(file));
      for (Path above = file.getParent();
          above != null && !above.equals(root) && removedEmpty(above);
          above = above.getParent()) {}
    }
  }

  private static boolean removedEmpty(Path directory) throws IOException {
    try {
      Files.deleteIfExists(directory);
      return true;
    } catch (DirectoryNotEmptyException e) {
      return false;
    }
  }

  private static void removeEmptyDirectories(Path directory) throws IOException {
    for (Path child : children(directory)) {
      if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
        removeEmptyDirectories(child);
      }
    }
    removedEmpty(directory);
  }

  /// Whether any regular file lies below a directory.
  static boolean containsFile(Path directory) throws IOException {
    for (Path child : children(directory)) {
      if (Files.isRegularFile(child, LinkOption.NOFOLLOW_LINKS)
          || (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS) && containsFile(child))) {
        return true;
      }
    }
    return false;
  }

  /// The entries of a directory, in no order; none if it is not there.
  static List<Path> children(Path directory) throws IOException {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(children::add);
    } catch (java.nio.file.DirectoryIteratorException e) {
      throw e.getCause();
    } catch (NoSuchFileException | java.nio.file.NotDirectoryException e) {
      return List.of();
    }
    return children;
  }

  /// Removes what a process that died left unfinished before an instant.
  ///
  /// @return how many files were removed
  int removeLeftovers(Instant before) throws IOException {
    int removed = 0;
    for (Path file : children(staging)) {
      try {
        if (Files.getLastModifiedTime(file).toInstant().isBefore(before)
            && Files.deleteIfExists(file)) {
          removed++;
        }
      } catch (NoSuchFileException _) {
        // Finished by its owner in between.
      }
    }
    removeStagingIfEmpty();
    return removed;
  }

  /// Removes the directory of unfinished files if there are none.
  void removeStagingIfEmpty() throws IOException {
    removedEmpty(staging);
  }

  /// What a failure of the file system means to the caller.
  ///
  /// @param what begins the message: the action and the key
  static PenstockException failure(String what, IOException e) {
    return switch (e) {
      case NoSuchFileException _ ->
          new NotFoundException(ErrorCode.OBJECT_NOT_FOUND, what + ": no such file", e);
      case AccessDeniedException denied ->
          new RefusedException(
              ErrorCode.NOT_PERMITTED, what + ": permission denied: " + denied.getFile(), e);
      case ClosedByInterruptException _ ->
          new TransientException(ErrorCode.INTERRUPTED, what + ": interrupted", e);
      case FileSystemException named when isNameTooLong(named) ->
          new RefusedException(
              ErrorCode.INVALID_ARGUMENT, what + ": a name is too long for the file system", e);
      default -> new TransientException(ErrorCode.STORE_UNAVAILABLE, what + ": " + e, e);
    };
  }

  // Linux and macOS take 255 bytes for a name; the reason in the exception is in the user's
  // language.
  private static boolean isNameTooLong(FileSystemException e) {
    String file = e.getFile();
    if (file == null) {
      return false;
    }
    for (Path name : Path.of(file)) {
      if (name.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length > 255) {
        return true;
      }
    }
    return false;
  }
}
