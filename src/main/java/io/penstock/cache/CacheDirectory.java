package io.penstock.cache;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The files of a cache: where each piece lies, how one appears and goes. Thread-safe; whoever
/// changes anything holds the lock of the [Ledger].
final class CacheDirectory {
  /*
   *   CACHEDIR.TAG              marks a cache for backup programs, and the directory as ours
   *   ledger                    see Ledger
   *   staging/                  what is being written; whoever holds the lock may empty it
   *   scopes/SCOPE              locked, shared, by each process that uses the dataset
   *   objects/SCOPE/KEY/O+L     L bytes of an object from offset O on
   *
   * A file is written under staging/ and renamed to its place, so it is there whole or not at all, as
   * long as the machine stays up. Nothing is flushed: after a crash of the machine a file may have
   * its length but not its bytes, which its checksum tells.
   */
  private static final String TAG = "CACHEDIR.TAG";
  private static final String TAG_TEXT =
      "Signature: 8a477f597d28d172789f06886806bc55\n# Pieces of remote objects, kept by Penstock."
          + " Anything here may be deleted while no process uses it.\n";

  private final Path root;
  private final Path staging;
  private final Path scopes;
  private final Path objects;
  private final Opening opening;
  private long nextStaged;

  private CacheDirectory(Path root, Opening opening) {
    this.root = root;
    this.staging = root.resolve("staging");
    this.scopes = root.resolve("scopes");
    this.objects = root.resolve("objects");
    this.opening = opening;
  }

  /// Makes the directory if it is not there.
  ///
  /// @throws RefusedException if it holds something else than a cache
  static CacheDirectory open(Path root, Opening opening) throws IOException {
    CacheDirectory directory = new CacheDirectory(root, opening);
    Files.createDirectories(root);
    Path tag = root.resolve(TAG);
    if (!Files.exists(tag)) {
      if (!children(root).isEmpty() && !Files.exists(tag)) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "cache directory " + root + " is neither empty nor a cache; name another one");
      }
      Files.writeString(tag, TAG_TEXT);
    }
    Files.createDirectories(directory.staging);
    Files.createDirectories(directory.scopes);
    Files.createDirectories(directory.objects);
    return directory;
  }

  Path root() {
    return root;
  }

  Path ledger() {
    return root.resolve("ledger");
  }

  /// Whether anything of an object may be there. One look at the file system.
  boolean holdsSome(String scope, String key) {
    return object(scope, key).filter(Files::isDirectory).isPresent();
  }

  /// Looks for a piece.
  PieceFile.Found find(Piece piece) throws IOException {
    Optional<Path> path = path(piece);
    return path.isEmpty()
        ? new PieceFile.Found.Absent()
        : PieceFile.open(opening, path.get(), piece);
  }

  /// Whether a file is where the piece would be.
  boolean exists(Piece piece) {
    return path(piece).filter(path -> Files.exists(path, LinkOption.NOFOLLOW_LINKS)).isPresent();
  }

  private Optional<Path> path(Piece piece) {
    return object(piece.scope(), piece.key()).map(object -> object.resolve(piece.fileName()));
  }

  private Optional<Path> object(String scope, String key) {
    try {
      return Optional.of(objects.resolve(scope).resolve(key));
    } catch (InvalidPathException e) {
      return Optional.empty(); // the locale cannot spell it
    }
  }

  /// Adds a piece that is not there. Under the lock.
  ///
  /// @param header as [PieceHeader#encode] gives it
  void add(Piece piece, ByteBuffer header, MemorySegment data) throws IOException {
    Path target =
        path(piece).orElseThrow(() -> new IOException("no file can be named " + piece.key()));
    Path staged = staging.resolve(ProcessHandle.current().pid() + "-" + nextStaged++);
    try {
      PieceFile.write(opening, staged, header, data);
      Files.createDirectories(target.getParent());
      Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(staged);
      throw e;
    }
  }

  /// Removes a piece. Under the lock.
  ///
  /// @return bytes of the budget that this frees
  long remove(Piece piece) throws IOException {
    Optional<Path> path = path(piece);
    return path.isEmpty() ? 0 : remove(path.get());
  }

  /// Removes all pieces of an object. Under the lock.
  ///
  /// @return bytes of the budget that this frees
  long removeObject(String scope, String key) throws IOException {
    Optional<Path> object = object(scope, key);
    if (object.isEmpty() || !Files.isDirectory(object.get())) {
      return 0;
    }
    long freed = 0;
    for (Path file : children(object.get())) {
      boolean piece = Piece.parse(scope, Path.of(key), String.valueOf(file.getFileName())) != null;
      freed += piece ? remove(file) : 0;
    }
    return freed;
  }

  private long remove(Path file) throws IOException {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      Files.delete(file);
      removeEmptyAbove(file);
      return attributes.isRegularFile() ? PieceFile.budgetBytes(attributes.size()) : 0;
    } catch (NoSuchFileException | NotDirectoryException _) {
      return 0;
    }
  }

  private void removeEmptyAbove(Path file) throws IOException {
    try {
      for (Path above = file.getParent();
          above != null && !above.equals(objects);
          above = above.getParent()) {
        Files.delete(above);
      }
    } catch (DirectoryNotEmptyException | NoSuchFileException _) {
      // Other pieces lie there.
    }
  }

  /// Removes what a process that died was writing. Under the lock.
  void removeStaged() throws IOException {
    for (Path file : children(staging)) {
      Files.deleteIfExists(file);
    }
  }

  /// A file of a walk.
  ///
  /// @param piece that its name means, or null for a file that is none of ours
  /// @param budgetBytes that it takes
  record Entry(@Nullable Piece piece, Path path, long budgetBytes) {}

  /// What to do with the files of a walk.
  @FunctionalInterface
  interface Visitor {
    /// Looks at one; returns whether to go on.
    boolean visit(Entry entry) throws IOException;
  }

  /// Walks all files of all datasets, or of one. Under the lock.
  void walk(Optional<String> scope, Visitor visitor) throws IOException {
    List<Path> roots =
        scope.isPresent() ? List.of(objects.resolve(scope.get())) : children(objects);
    for (Path each : roots) {
      if (Files.isDirectory(each) && !walk(each, visitor)) {
        return;
      }
    }
  }

  private static boolean walk(Path scope, Visitor visitor) throws IOException {
    String name = String.valueOf(scope.getFileName());
    boolean[] all = {true};
    Files.walkFileTree(
        scope,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Path object = scope.relativize(file.getParent());
            Piece piece = Piece.parse(name, object, String.valueOf(file.getFileName()));
            long bytes = PieceFile.budgetBytes(attributes.size());
            all[0] = visitor.visit(new Entry(piece, file, bytes));
            return all[0] ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
    return all[0];
  }

  /// Removes a file of a walk. Under the lock.
  ///
  /// @return bytes of the budget that this frees
  long remove(Entry entry) throws IOException {
    return remove(entry.path());
  }

  /// The datasets that have pieces here.
  List<String> scopes() throws IOException {
    return children(objects).stream().map(path -> String.valueOf(path.getFileName())).toList();
  }

  /// Says to other processes that this one uses a dataset, until the channel is closed.
  FileChannel use(String scope) throws IOException {
    FileChannel channel =
        FileChannel.open(
            scopes.resolve(scope),
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE);
    try {
      FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true);
      assert lock == null || lock.isShared();
    } catch (OverlappingFileLockException _) {
      // Another cache of this process says so already.
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    return channel;
  }

  /// Whether no process uses a dataset. Not for one that this process uses.
  boolean unused(String scope) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                scopes.resolve(scope), StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        FileLock lock = channel.tryLock()) {
      return lock != null;
    } catch (OverlappingFileLockException _) {
      return false;
    }
  }

  private static List<Path> children(Path directory) throws IOException {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(children::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return children;
  }
}
