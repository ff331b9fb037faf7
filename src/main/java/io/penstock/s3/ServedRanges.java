package io.penstock.s3;

import io.penstock.store.ByteRange;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;

/// Which address brought which bytes of late, so that those which turn out to be damaged can be
/// asked for elsewhere. Confined to whoever holds the line's lock.
final class ServedRanges {
  // Chunks are decoded soon after they have landed: of more than are ever under way at once nobody
  // asks.
  private static final int KEPT = 1024;
  private static final int MOST_DISTRUSTED = 64;

  private record Served(String key, ByteRange range, InetSocketAddress from) {
    boolean touches(String otherKey, ByteRange other) {
      return range.offset() < other.end() && other.offset() < range.end() && key.equals(otherKey);
    }
  }

  private final Deque<Served> served = new ArrayDeque<>();
  private final Deque<Served> distrusted = new ArrayDeque<>();

  /// An address has brought these bytes.
  void add(String key, ByteRange range, InetSocketAddress from) {
    served.addLast(new Served(key, range, from));
    if (served.size() > KEPT) {
      served.removeFirst();
    }
  }

  /// These bytes were not those that were written: the next read of them goes elsewhere.
  void distrust(String key, ByteRange range) {
    for (Iterator<Served> newest = served.descendingIterator(); newest.hasNext(); ) {
      Served each = newest.next();
      if (each.touches(key, range)) {
        distrusted.addLast(new Served(key, range, each.from()));
        if (distrusted.size() > MOST_DISTRUSTED) {
          distrusted.removeFirst();
        }
        return;
      }
    }
  }

  /// The address that a read of these bytes is to avoid; told once.
  Optional<InetSocketAddress> avoid(String key, ByteRange range) {
    for (Iterator<Served> each = distrusted.iterator(); each.hasNext(); ) {
      Served found = each.next();
      if (found.touches(key, range)) {
        each.remove();
        return Optional.of(found.from());
      }
    }
    return Optional.empty();
  }
}
