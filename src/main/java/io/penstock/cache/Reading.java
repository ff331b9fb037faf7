package io.penstock.cache;

import java.util.function.Consumer;
import java.util.function.Predicate;

/// What a machine reads of a dataset, as a [CachedStore] was told by [CachedStore#reading]: it
/// decides which units are kept, until it is closed. Thread-safe.
public final class Reading implements AutoCloseable {
  // Smaller pieces, below 4 KiB, would take more of the disk than they hold, and more files than
  // are good for it.
  private static final long MOST_PIECES = 2048;

  private final String scope;
  private final Predicate<String> keys;
  private final long readBytes;
  private final double share;
  private final long unitBytes;
  private final Consumer<Reading> end;

  Reading(
      String scope,
      Predicate<String> keys,
      long readBytes,
      long budgetBytes,
      long unitBytes,
      Consumer<Reading> end) {
    this.scope = scope;
    this.keys = keys;
    this.readBytes = readBytes;
    this.unitBytes = unitBytes;
    this.end = end;
    this.share = Pinning.share(budgetBytes, readBytes, unitBytes);
  }

  /// Bytes that the machine reads sooner or later.
  public long readBytes() {
    return readBytes;
  }

  /// The share of the units that are kept, 0 to 1: what the budget buys, and a little more, so that
  /// chance leaves none of it unused.
  public double share() {
    return share;
  }

  /// Whether it reads an object.
  boolean covers(String key) {
    return keys.test(key);
  }

  /// Whether a piece is to be kept.
  boolean keeps(Piece piece) {
    return piece.length() >= unitBytes / MOST_PIECES
        && keys.test(piece.key())
        && Pinning.pinned(Pinning.hash(scope, piece.key(), piece.offset() / unitBytes), share);
  }

  /// Whether any piece that begins in a range is to be kept.
  boolean keepsAnyIn(String key, long from, long to) {
    if (!keys.test(key)) {
      return false;
    }
    for (long unit = from / unitBytes; unit * unitBytes < to; unit++) {
      if (Pinning.pinned(Pinning.hash(scope, key, unit), share)) {
        return true;
      }
    }
    return false;
  }

  /// Says that it is read no more: what it alone kept stays, and makes room when others need it.
  @Override
  public void close() {
    end.accept(this);
  }
}
