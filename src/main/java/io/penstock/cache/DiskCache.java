package io.penstock.cache;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.store.ObjectInfo;
import io.penstock.store.Store;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A local directory that keeps pieces of remote objects, up to a budget in bytes. Processes of a
/// machine share a directory without a daemon; within a process one cache serves all datasets.
/// Thread-safe.
///
/// A cache is never needed for a read to succeed: whatever is missing, damaged or somebody else's
/// is read from the store, and what the disk fails to do is counted and left undone. What it hands
/// out was checked against a CRC-32C, whatever happened to the directory in between.
public final class DiskCache implements AutoCloseable {
  /*
   * Which pieces are kept is a matter of their hash (see Pinning), so nothing needs to be remembered
   * about use, and no process needs to hear what another one does.
   *
   * Reading needs no lock: a piece is a file that appears whole, never changes, and is checked. All
   * changes are made one after the other by `writes`, under the lock of the Ledger. What is to be
   * written is first copied into memory of a pool of the cache's own; when that is in use, because
   * the disk cannot keep up, pieces are dropped and come again in the next epoch.
   *
   * When nothing makes room for a piece (see Stock) the cache is full, and stays so until what is
   * wanted changes.
   *
   * What turns out to be wrong is served no more from that moment, though it lies in the directory,
   * or waits to be added, until `writes` comes to its removal: the maps of what is distrusted have
   * the latest removal of each. What is read anew is added behind it.
   */
  private static final Logger LOG = LoggerFactory.getLogger(DiskCache.class);

  /// Chunks of so many consecutive bytes are kept or not kept together: as long as one GET is at
  /// its best, so that what is kept does not cut the others short.
  static final long UNIT_BYTES = 8L << 20;

  // The memory of what is to be written bounds it, so that a disk which works needs no second.
  private static final long CLOSE_SECONDS = 10;

  private final CacheDirectory directory;
  private final Stock stock;
  private final long budgetBytes;
  private final long unitBytes;
  private final Parts parts;
  private final Counters counters = new Counters();
  private final List<CachedStore> stores = new CopyOnWriteArrayList<>();
  private final Map<Piece, Object> distrustedPieces = new ConcurrentHashMap<>();
  private final Map<String, Object> distrustedObjects = new ConcurrentHashMap<>();
  private final Breaker reading = new Breaker();
  private final Breaker writing = new Breaker();
  private volatile boolean full;
  private volatile boolean closed;

  /// The parts of a cache; whoever made them closes them, after the cache.
  ///
  /// @param pool memory for pieces on their way to the disk; a piece that is larger is never kept
  /// @param reads runs reads of files: a few platform threads
  /// @param writes runs what changes the directory: one platform thread
  public record Parts(BufferPool pool, Executor reads, Executor writes) {}

  private DiskCache(CacheDirectory directory, long budgetBytes, long unitBytes, Parts parts)
      throws IOException {
    this.directory = directory;
    this.budgetBytes = budgetBytes;
    this.unitBytes = unitBytes;
    this.parts = parts;
    this.stock = new Stock(directory, budgetBytes, unitBytes, counters, this::wanted);
  }

  /// Opens a cache. What lies in the directory is counted in the background; it can be read at
  /// once, and is added to after that.
  ///
  /// @param directory made if it is not there; of a local file system
  /// @param budgetBytes the most that the files take; all processes that share the directory say
  ///   the same
  /// @throws RefusedException if the directory cannot be used, or holds something else
  public static DiskCache open(Path directory, long budgetBytes, Parts parts) {
    return open(directory, budgetBytes, UNIT_BYTES, parts, Opening.DIRECT);
  }

  static DiskCache open(
      Path directory, long budgetBytes, long unitBytes, Parts parts, Opening opening) {
    if (budgetBytes < 1) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "cache budget of " + budgetBytes + " bytes");
    }
    try {
      DiskCache cache =
          new DiskCache(CacheDirectory.open(directory, opening), budgetBytes, unitBytes, parts);
      cache.change(cache.stock::count);
      return cache;
    } catch (IOException e) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "cache directory " + directory + " cannot be used: " + e, e);
    }
  }

  /// A store whose ranged reads go to the directory for what is kept there. Takes ownership of the
  /// store.
  ///
  /// @param dataset whatever tells this dataset from all others that a cache of the machine may
  ///   meet, such as its URI and its id
  public CachedStore over(Store store, String dataset) {
    CachedStore cached = new CachedStore(this, store, Pinning.scope(dataset));
    stores.add(cached);
    change(() -> stock.use(cached.scope()));
    return cached;
  }

  /// What it did so far.
  public CacheStats stats() {
    return counters.stats(stock.usedBytes(), budgetBytes);
  }

  /// Finishes adding what was read before, unless the disk takes more than some seconds for it;
  /// what is in the directory stays. Reads that are under way go on, from the store where need be.
  /// Idempotent.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    CountDownLatch written = new CountDownLatch(1);
    whenWritten(written::countDown);
    try {
      if (!written.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("cache {}: closed before all was written", directory.root());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    closed = true;
    try {
      stock.close();
    } catch (IOException e) {
      LOG.warn("cache {}: could not close it: {}", directory.root(), e.toString());
    }
  }

  // --- for the stores -------------------------------------------------------------------------

  Counters counters() {
    return counters;
  }

  Executor reads() {
    return parts.reads();
  }

  BufferPool pool() {
    return parts.pool();
  }

  /// A statement of what is read, see [CachedStore#reading].
  Reading reading(
      String scope, Predicate<String> keys, long readBytes, Predicate<Reading> registrations) {
    full = false;
    return new Reading(
        scope,
        keys,
        readBytes,
        budgetBytes,
        unitBytes,
        reading -> full &= !registrations.test(reading));
  }

  void forget(CachedStore store) {
    stores.remove(store);
    full = false;
  }

  /// Whether it is worth looking for pieces of an object.
  boolean mayHold(String scope, String key) {
    return !closed && !reading.broken() && directory.holdsSome(scope, key);
  }

  /// Looks for a piece; what is wrong is removed, and what the disk fails is absent. Does I/O.
  PieceFile.Found find(Piece piece) {
    if (reading.broken() || distrusted(piece)) {
      return new PieceFile.Found.Absent();
    }
    try {
      PieceFile.Found found = directory.find(piece);
      if (found instanceof PieceFile.Found.Wrong) {
        distrust(piece);
      }
      reading.worked();
      return found;
    } catch (IOException e) {
      readFailed("look for " + piece, e);
      return new PieceFile.Found.Absent();
    }
  }

  /// Whether a piece may be there already. Does I/O.
  boolean exists(Piece piece) {
    return !distrusted(piece) && directory.exists(piece);
  }

  /// Forgets a piece whose bytes are wrong: what was handed to the cache of it until now is never
  /// served again, and is removed later.
  void distrust(Piece piece) {
    full = false;
    if (distrust(distrustedPieces, piece, () -> stock.remove(piece))) {
      counters.damaged.increment();
    }
  }

  /// Forgets what is kept of an object that is not what it was, as [#distrust] does a piece.
  void distrustObject(String scope, String key) {
    distrust(distrustedObjects, Piece.object(scope, key), () -> stock.removeObject(scope, key));
  }

  /// Returns whether it was trusted until now.
  private <T> boolean distrust(Map<T, Object> distrusted, T wrong, Change removal) {
    Object latest = new Object();
    boolean trusted = distrusted.put(wrong, latest) == null;
    change(() -> {
      removal.run();
      distrusted.remove(wrong, latest);
    });
    return trusted;
  }

  private boolean distrusted(Piece piece) {
    return distrustedPieces.containsKey(piece) || distrustedObjects.containsKey(piece.object());
  }

  /// Whether pieces are taken at all just now.
  boolean accepts() {
    return !closed && !full && !writing.broken();
  }

  /// Counts pieces that are not taken.
  void turnAway(int pieces) {
    (full ? counters.rejected : counters.dropped).add(pieces);
  }

  /// Copies the bytes of a piece and adds them to the directory later, if there is room. Does not
  /// wait.
  ///
  /// @param bytes borrowed for the call
  /// @param still asked with the key when the piece is about to be added: whether they are still
  ///   the object's
  void offer(Piece piece, ObjectInfo info, MemorySegment bytes, Predicate<String> still) {
    if (!accepts()) {
      turnAway(1);
      return;
    }
    Optional<Lease> lease = tryLease(bytes.byteSize());
    if (lease.isEmpty()) {
      counters.dropped.increment();
      return;
    }
    lease.get().segment().copyFrom(bytes);
    addLater(piece, info, lease.get(), still);
  }

  /// Adds a piece later.
  ///
  /// @param data just the bytes of the piece; taken over
  void addLater(Piece piece, ObjectInfo info, Lease data, Predicate<String> still) {
    Runnable adding =
        () -> {
          try (data) {
            if (accepts() && !distrusted(piece) && still.test(piece.key())) {
              add(piece, info, data.segment());
            } else {
              turnAway(1);
            }
          }
        };
    try {
      parts.writes().execute(adding);
    } catch (RejectedExecutionException _) {
      counters.dropped.increment();
      data.close();
    }
  }

  private Optional<Lease> tryLease(long bytes) {
    try {
      return BufferPool.slotBytes(bytes) > parts.pool().budgetBytes()
          ? Optional.empty()
          : parts.pool().tryLease(bytes);
    } catch (RefusedException _) {
      return Optional.empty(); // the pool is closed, or the slot is larger than it will ever have
    }
  }

  /// Runs something short when everything is written that was to be written before.
  void whenWritten(Runnable then) {
    try {
      parts.writes().execute(then);
    } catch (RejectedExecutionException _) {
      then.run();
    }
  }

  // --- changing the directory, on `writes`, under the lock ------------------------------------

  private void change(Change change) {
    try {
      parts
          .writes()
          .execute(() -> {
            if (!closed) {
              try {
                stock.change(() -> {
                  change.run();
                  return closed;
                });
              } catch (IOException e) {
                writeFailed("change the cache", e);
              }
            }
          });
    } catch (RejectedExecutionException _) {
      counters.dropped.increment();
    }
  }

  @FunctionalInterface
  private interface Change {
    void run() throws IOException;
  }

  private void add(Piece piece, ObjectInfo info, MemorySegment data) {
    Optional<ByteBuffer> header = new PieceHeader(piece, info, PieceFile.crc(data)).encode();
    if (header.isEmpty()) {
      counters.rejected.increment();
      return;
    }
    try {
      Stock.Added added = stock.change(() -> stock.add(piece, info, header.get(), data));
      switch (added) {
        case ADDED -> counters.written.increment();
        case THERE -> {}
        case NO_ROOM -> {
          full = true;
          counters.rejected.increment();
        }
      }
      writing.worked();
    } catch (IOException e) {
      writeFailed("add " + piece, e);
    }
  }

  private boolean wanted(Piece piece) {
    return stores.stream()
        .anyMatch(store -> store.scope().equals(piece.scope()) && store.keeps(piece));
  }

  // --- failures -------------------------------------------------------------------------------

  /// Counts a failed read of the directory; after many in a row it is read no more.
  void readFailed(String what, IOException e) {
    failed(reading, what, "reading", e);
  }

  private void writeFailed(String what, IOException e) {
    failed(writing, what, "adding to", e);
  }

  private void failed(Breaker breaker, String what, String doing, IOException e) {
    if (closed) {
      return;
    }
    counters.failures.increment();
    int inARow = breaker.failed();
    if (inARow == 1) {
      LOG.warn("cache {}: could not {}: {}", directory.root(), what, e.toString());
    } else if (Breaker.breaksAt(inARow)) {
      LOG.warn(
          "cache {}: that failed {} times in a row; {} it no more",
          directory.root(),
          inARow,
          doing);
    }
  }
}
