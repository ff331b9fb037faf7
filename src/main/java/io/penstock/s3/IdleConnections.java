package io.penstock.s3;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/// Connections that wait for their next request. The one that has waited least is taken first, so
/// that those that are not needed grow old. Thread-safe.
///
/// @param <C> a connection
final class IdleConnections<C> {
  /// Amazon closes them after about five seconds.
  static final Duration MOST_IDLE = Duration.ofSeconds(4);

  private final LongSupplier nanoTime;
  private final Deque<Idle<C>> newestFirst = new ArrayDeque<>();
  private boolean closed;

  private record Idle<C>(C connection, InetSocketAddress address, long since) {}

  IdleConnections(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /// Keeps a connection; the caller must not use it any more.
  ///
  /// @return whether it was kept; false after [#drain], the caller closes it
  synchronized boolean put(C connection, InetSocketAddress address) {
    if (!closed) {
      newestFirst.addFirst(new Idle<>(connection, address, nanoTime.getAsLong()));
    }
    return !closed;
  }

  /// Hands out a connection that is not too old, to an address that will do. It may have been
  /// closed by the other side meanwhile.
  synchronized Optional<C> take(Predicate<InetSocketAddress> address) {
    long now = nanoTime.getAsLong();
    for (Iterator<Idle<C>> all = newestFirst.iterator(); all.hasNext(); ) {
      Idle<C> each = all.next();
      if (now - each.since() >= MOST_IDLE.toNanos()) {
        return Optional.empty();
      }
      if (address.test(each.address())) {
        all.remove();
        return Optional.of(each.connection());
      }
    }
    return Optional.empty();
  }

  /// Hands out those that are too old; the caller closes them.
  synchronized List<C> old() {
    List<C> old = new ArrayList<>();
    long now = nanoTime.getAsLong();
    while (!newestFirst.isEmpty() && now - newestFirst.getLast().since() >= MOST_IDLE.toNanos()) {
      old.add(newestFirst.removeLast().connection());
    }
    return old;
  }

  /// Hands out all, and keeps none from now on; the caller closes them.
  synchronized List<C> drain() {
    closed = true;
    List<C> all = newestFirst.stream().map(Idle::connection).toList();
    newestFirst.clear();
    return all;
  }
}
