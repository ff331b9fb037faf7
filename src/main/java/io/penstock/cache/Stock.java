package io.penstock.cache;

import io.penstock.store.ObjectInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// What lies in a cache's directory, within its budget: adds pieces, makes room for them, counts.
/// Every change is made under the lock of the [Ledger], which [#change] takes. Thread-safe.
final class Stock implements AutoCloseable {
  /*
   * When the budget is used up, pieces make room that no dataset in use wants: first those of
   * datasets that no process uses, then those of this process's datasets which lie above the
   * threshold now or belong to nothing that is read.
   */
  // When room is made, so much of the budget is freed at least, since it takes a walk.
  private static final long ROOM_DIVISOR = 64;

  private final CacheDirectory directory;
  private final Ledger ledger;
  private final long budgetBytes;
  private final long unitBytes;
  private final Counters counters;
  private final Predicate<Piece> wanted;
  private final Map<String, FileChannel> used = new HashMap<>();
  private volatile long usedBytes;
  private volatile boolean closed;

  /// @param counters where removed pieces are counted
  /// @param wanted whether any dataset that this process has open keeps a piece
  Stock(
      CacheDirectory directory,
      long budgetBytes,
      long unitBytes,
      Counters counters,
      Predicate<Piece> wanted)
      throws IOException {
    this.directory = directory;
    this.ledger = new Ledger(directory.ledger());
    this.budgetBytes = budgetBytes;
    this.unitBytes = unitBytes;
    this.counters = counters;
    this.wanted = wanted;
  }

  /// Bytes of the budget that were used when this process last looked.
  long usedBytes() {
    return usedBytes;
  }

  /// Changes under the lock. Blocks while another process makes some. Not reentrant.
  <T> T change(Ledger.Work<T> change) throws IOException {
    return ledger.locked(change);
  }

  // --- changes --------------------------------------------------------------------------------

  /// What became of a piece that was to be added.
  enum Added {
    /// It is there now.
    ADDED,
    /// It was there already.
    THERE,
    /// There is no room for it.
    NO_ROOM
  }

  /// Adds a piece if there is room for it.
  ///
  /// @param header as [PieceHeader#encode] gives it
  Added add(Piece piece, ObjectInfo info, ByteBuffer header, MemorySegment data)
      throws IOException {
    if (has(piece, info)) {
      return Added.THERE;
    }
    long bytes = PieceFile.budgetBytes(header.remaining() + data.byteSize());
    if (!makeRoom(bytes)) {
      return Added.NO_ROOM;
    }
    note(usedBytes + bytes);
    try {
      directory.add(piece, header, data);
      return Added.ADDED;
    } catch (IOException | RuntimeException e) {
      release(bytes);
      throw e;
    }
  }

  /// Whether the very piece is there already; one of an older state of its object is removed.
  private boolean has(Piece piece, ObjectInfo info) throws IOException {
    return switch (directory.find(piece)) {
      case PieceFile.Found.Absent _ -> false;
      case PieceFile.Found.Wrong _ -> {
        release(directory.remove(piece));
        yield false;
      }
      case PieceFile.Found.Whole(PieceFile file) -> {
        boolean same;
        try (file) {
          same = file.info().equals(info);
        }
        if (!same) {
          release(directory.remove(piece));
        }
        yield same;
      }
    };
  }

  /// Removes a piece, if it is there.
  void remove(Piece piece) throws IOException {
    release(directory.remove(piece));
  }

  /// Removes all pieces of an object.
  void removeObject(String scope, String key) throws IOException {
    release(directory.removeObject(scope, key));
  }

  /// Counts what there is, as nobody changes it, and removes what is above the budget.
  void count() throws IOException {
    directory.removeStaged();
    long[] sum = {0};
    directory.walk(
        Optional.empty(),
        entry -> {
          sum[0] += entry.budgetBytes();
          return !closed;
        });
    if (closed) {
      return;
    }
    note(sum[0]);
    if (sum[0] > budgetBytes) {
      trim();
    }
  }

  /// Removes the pieces with the highest hashes until the rest is within the budget.
  private void trim() throws IOException {
    record Hashed(CacheDirectory.Entry entry, long hash) {}
    List<Hashed> all = new ArrayList<>();
    directory.walk(
        Optional.empty(),
        entry -> {
          Piece piece = entry.piece();
          all.add(
              new Hashed(
                  entry,
                  piece == null
                      ? -1
                      : Pinning.hash(piece.scope(), piece.key(), piece.offset() / unitBytes)));
          return !closed;
        });
    all.sort((a, b) -> Long.compareUnsigned(b.hash(), a.hash()));
    for (Hashed each : all) {
      if (usedBytes <= budgetBytes || closed) {
        return;
      }
      release(directory.remove(each.entry()));
      counters.evicted.increment();
    }
  }

  /// Says to other processes, until this is closed, that this one uses a dataset.
  void use(String scope) throws IOException {
    synchronized (used) {
      if (!closed && !used.containsKey(scope)) {
        used.put(scope, directory.use(scope));
      }
    }
  }

  private boolean usedHere(String scope) {
    synchronized (used) {
      return used.containsKey(scope);
    }
  }

  // --- room ----------------------------------------------------------------------------------

  private boolean makeRoom(long bytes) throws IOException {
    var known = ledger.used();
    if (known.isEmpty()) {
      count();
    } else {
      usedBytes = known.getAsLong();
    }
    if (usedBytes + bytes <= budgetBytes) {
      return true;
    }
    if (bytes > budgetBytes) {
      return false;
    }
    long target = budgetBytes - Math.max(bytes, budgetBytes / ROOM_DIVISOR);
    for (String scope : directory.scopes()) {
      if (usedBytes > target && !usedHere(scope) && directory.unused(scope)) {
        evict(scope, target);
      }
    }
    for (String scope : directory.scopes()) {
      if (usedBytes > target && usedHere(scope)) {
        evict(scope, target);
      }
    }
    return usedBytes + bytes <= budgetBytes;
  }

  /// Removes what no store of this process wants of a dataset, until so much is used at most.
  private void evict(String scope, long targetBytes) throws IOException {
    directory.walk(
        Optional.of(scope),
        entry -> {
          Piece piece = entry.piece();
          if (piece == null || !wanted.test(piece)) {
            release(directory.remove(entry));
            counters.evicted.increment();
          }
          return usedBytes > targetBytes && !closed;
        });
  }

  private void release(long bytes) throws IOException {
    note(Math.max(0, ledger.used().orElse(usedBytes) - bytes));
  }

  private void note(long bytes) throws IOException {
    ledger.note(bytes);
    usedBytes = bytes;
  }

  /// Ends the wait for other processes, and long walks.
  @Override
  public void close() throws IOException {
    closed = true;
    ledger.close();
    synchronized (used) {
      for (FileChannel each : used.values()) {
        each.close();
      }
      used.clear();
    }
  }
}
