package io.penstock.store;

import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.TransientException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/// Objects as files of a local directory.
///
/// Files are written aside, flushed, and appear whole under their keys: create-only ones by a hard
/// link, replacing ones by a rename; their names are flushed too. So they survive a crash of the
/// machine, and several processes may write at once. Reads are positioned reads into the caller's
/// memory; nothing is mapped; the 128 files that were read last stay open until the store is
/// closed. Symbolic links below the directory are neither followed nor listed.
///
/// A name is a file or a directory and never both: a key `c/0` beside `c/0/0` is refused with
/// `STORE_INCAPABLE`, and a name between slashes has at most 255 bytes. Names that are not keys are
/// not listed. The directory `.penstock-staging` holds what is unfinished; after a crash see
/// [#removeLeftovers].
public final class LocalStore implements Store {
  private static final int MAX_REPLACED = 100;

  private final LocalTree tree;
  private final Executor transfers;
  private final OpenFiles files = new OpenFiles();
  private volatile boolean closed;

  /// A store below a directory, which need not be there before the first object is put.
  ///
  /// @param directory the root; symbolic links on the way to it are followed, once, here
  /// @param transfers runs the reads and the parts of uploads, and is not closed with the store.
  ///   With `Runnable::run` they run in the caller, which saves a change of threads; a caller that
  ///   wants several reads at once passes a few platform threads
  public LocalStore(Path directory, Executor transfers) {
    this.transfers = transfers;
    try {
      this.tree = new LocalTree(directory);
    } catch (IOException e) {
      throw LocalTree.failure("open directory " + directory, e);
    }
  }

  @Override
  public URI uri() {
    return tree.root().toUri();
  }

  @Override
  public boolean near() {
    return true;
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    Path path = tree.path(key);
    return attempt("stat " + key, () -> findFile(key, path).map(stamp -> stamp.info(key)));
  }

  private Optional<LocalStamp> findFile(String key, Path path) throws IOException {
    if (tree.find(key, path).isEmpty()) {
      return Optional.empty();
    }
    BasicFileAttributes attributes =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return attributes.isRegularFile() ? Optional.of(LocalStamp.of(attributes)) : Optional.empty();
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    String what = "read " + request.key();
    Path path = tree.path(request.key());
    return PendingTransfer.start(
        transfers,
        what,
        transfer -> attempt(what, () -> readNow(request, path, landing, transfer)));
  }

  private ObjectInfo readNow(
      RangeRequest request, Path path, Landing landing, PendingTransfer<ObjectInfo> transfer)
      throws IOException {
    List<Landing.Slice> slices = List.of();
    for (int attempt = 1; ; attempt++) {
      try (OpenFile file = keptOpen(request.key(), path)) {
        StoreChecks.sameTag(request, file.info());
        StoreChecks.withinObject(request, file.info());
        slices = attempt == 1 ? Landing.checkedSlices(landing, request.range()) : slices;
        fill(request, file, slices, transfer);
        return file.info();
      } catch (ClosedByInterruptException e) {
        throw e;
      } catch (ClosedChannelException e) {
        // Who is interrupted while he reads a file closes it for all who read it.
        if (attempt == MAX_REPLACED) {
          throw e;
        }
      }
    }
  }

  private OpenFile keptOpen(String key, Path path) throws IOException {
    Optional<OpenFile> kept = files.find(key);
    if (kept.isPresent()) {
      return kept.get();
    }
    OpenFile file =
        open(key, path)
            .orElseThrow(
                () -> new NotFoundException(ErrorCode.OBJECT_NOT_FOUND, "no object " + key));
    files.keep(file);
    return file;
  }

  private void fill(
      RangeRequest request,
      OpenFile file,
      List<Landing.Slice> slices,
      PendingTransfer<ObjectInfo> transfer)
      throws IOException {
    for (Landing.Slice slice : slices) {
      long position = request.range().offset() + slice.offset();
      for (MemorySegment piece : Pieces.of(slice.target())) {
        transfer.stopIfCancelled();
        requireOpen();
        fill(request, file.info(), file.channel(), piece, position);
        position += piece.byteSize();
      }
    }
  }

  private static void fill(
      RangeRequest request, ObjectInfo info, FileChannel file, MemorySegment target, long position)
      throws IOException {
    long count = FileBytes.fill(file, target, position);
    if (count < target.byteSize()) {
      // The file was cut short after its length was read.
      StoreChecks.withinObject(
          request, new ObjectInfo(info.key(), position + count, info.etag(), info.modified()));
    }
  }

  private Optional<OpenFile> open(String key, Path path) throws IOException {
    for (int attempt = 0; attempt < MAX_REPLACED; attempt++) {
      Optional<LocalStamp> before = findFile(key, path);
      if (before.isEmpty()) {
        return Optional.empty();
      }
      OpenFile file = OpenFile.open(key, path, before.get());
      if (file != null) {
        return Optional.of(file);
      }
    }
    throw new TransientException(
        ErrorCode.STORE_UNAVAILABLE, "read " + key + ": it is being replaced again and again");
  }

  @Override
  public Optional<StoredObject> get(String key, long maxBytes) {
    Path path = tree.path(key);
    return attempt(
        "read " + key,
        () -> {
          Optional<OpenFile> found = open(key, path);
          if (found.isEmpty()) {
            return Optional.empty();
          }
          try (OpenFile file = found.get()) {
            return Optional.of(getNow(file, maxBytes));
          }
        });
  }

  private static StoredObject getNow(OpenFile file, long maxBytes) throws IOException {
    ObjectInfo info = file.info();
    StoreChecks.atMost(Math.min(maxBytes, StoreChecks.MAX_ARRAY_BYTES), info);
    byte[] content = new byte[Math.toIntExact(info.bytes())];
    if (content.length > 0) {
      RangeRequest all = RangeRequest.of(info.key(), 0, content.length);
      fill(all, info, file.channel(), MemorySegment.ofArray(content), 0);
    }
    return new StoredObject(info, content);
  }

  @Override
  public PutResult put(String key, MemorySegment body, PutCondition condition) {
    Path path = tree.path(key);
    return attempt(
        "put " + key,
        () -> {
          try (StagedFile staged = tree.stage()) {
            staged.write(body, 0);
            staged.flush();
            return publish(staged, key, path, condition);
          }
        });
  }

  private PutResult publish(StagedFile staged, String key, Path path, PutCondition condition)
      throws IOException {
    String etag = LocalStamp.read(staged.path()).info(key).etag();
    switch (condition) {
      case NONE -> tree.replace(staged.path(), key, path);
      case CREATE_ONLY -> {
        if (!tree.link(staged.path(), key, path)) {
          return new PutResult.Exists();
        }
      }
    }
    try {
      tree.flushName(path);
    } catch (IOException e) {
      // It is there now, and may be gone after a crash.
      return switch (condition) {
        case CREATE_ONLY -> new PutResult.Unknown("flush the name of " + key + ": " + e);
        case NONE -> throw e;
      };
    }
    return new PutResult.Stored(etag);
  }

  @Override
  public Upload upload(String key) {
    Path path = tree.path(key);
    return attempt("upload " + key, () -> new LocalUpload(key, path, tree.stage()));
  }

  @Override
  public ObjectPage list(String prefix, String startAfter, int maxKeys) {
    Keys.checkListing(prefix, startAfter, maxKeys);
    return attempt(
        "list " + prefix, () -> new LocalListing(tree, prefix, startAfter, maxKeys).page());
  }

  @Override
  public List<String> listDirectories(String prefix) {
    Keys.checkDirectory(prefix);
    return attempt("list " + prefix, () -> LocalListing.directories(tree, prefix));
  }

  @Override
  public void delete(String key) {
    Path path = tree.path(key);
    attempt(
        "delete " + key,
        () -> {
          if (tree.find(key, path).isPresent()) {
            files.forget(key);
            tree.delete(path);
          }
          return key;
        });
  }

  /// Removes the unfinished files that were last written before an instant: those of processes that
  /// died. A running upload writes more often than once a day.
  ///
  /// @return how many were removed
  public int removeLeftovers(Instant before) {
    return attempt("remove unfinished files", () -> tree.removeLeftovers(before));
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      try {
        files.close();
        tree.removeStagingIfEmpty();
      } catch (IOException e) {
        throw LocalTree.failure("close " + uri(), e);
      }
    }
  }

  @FunctionalInterface
  private interface Action<T> {
    T run() throws IOException;
  }

  /// Runs an action on the file system; a failure becomes a typed one that begins with `what`.
  private <T> T attempt(String what, Action<T> action) {
    requireOpen();
    try {
      return action.run();
    } catch (IOException e) {
      throw LocalTree.failure(what, e);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw StoreChecks.closed(uri());
    }
  }

  /// Writes the parts side by side into one staged file.
  private final class LocalUpload implements Upload {
    private final String key;
    private final Path path;
    private final StagedFile staged;
    private final PartOrder order;
    private final List<PendingTransfer<Void>> parts = new ArrayList<>();

    LocalUpload(String key, Path path, StagedFile staged) {
      this.key = key;
      this.path = path;
      this.staged = staged;
      this.order = new PartOrder(key);
    }

    @Override
    public CompletableFuture<Void> append(MemorySegment part) {
      long position = order.add(part.byteSize());
      String what = "upload " + key;
      PendingTransfer<Void> written =
          PendingTransfer.start(
              transfers,
              what,
              _ -> {
                attempt(
                    what,
                    () -> {
                      staged.write(part, position);
                      return key;
                    });
                return null;
              });
      parts.add(written);
      return written;
    }

    @Override
    public ObjectInfo complete() {
      String what = "complete " + key;
      order.end();
      try {
        parts.forEach(part -> PendingTransfer.await(part, what));
        return attempt(what, this::publishParts);
      } finally {
        discard();
      }
    }

    private ObjectInfo publishParts() throws IOException {
      staged.flush();
      LocalStamp stamp = LocalStamp.read(staged.path());
      if (!tree.link(staged.path(), key, path)) {
        throw StoreChecks.existsAlready(key);
      }
      tree.flushName(path);
      return stamp.info(key);
    }

    @Override
    public void close() {
      if (order.discard()) {
        discard();
      }
    }

    private void discard() {
      PendingTransfer.awaitEnds(parts);
      try {
        staged.close();
      } catch (IOException e) {
        throw LocalTree.failure("discard the upload of " + key, e);
      }
    }
  }
}
