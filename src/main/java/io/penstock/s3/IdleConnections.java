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
final class IdleConnections<C extends IdleConnections.Connection> {
  /// One that can wait.
  interface Connection {
    InetSocketAddress address();

    /// Whether it seems to be as it was left: the other side may have closed it meanwhile.
    boolean isUsable();

    void close();
  }

  /// Amazon closes them after about five seconds.
  static final Duration MOST_IDLE = Duration.ofSeconds(4);

  private final LongSupplier nanoTime;
  private final Deque<Idle<C>> newestFirst = new ArrayDeque<>();
  private boolean closed;

  private record Idle<C>(C connection, long since) {}

  IdleConnections(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /// Takes a connection back from whoever used it, who must not use it any more.
  ///
  /// @param reusable whether it can carry another request; else it is closed, as all are that come
  ///   back after [#closeAll]
  void release(C connection, boolean reusable) {
    if (!reusable || !put(connection)) {
      connection.close();
    }
  }

  private synchronized boolean put(C connection) {
    if (!closed) {
      newestFirst.addFirst(new Idle<>(connection, nanoTime.getAsLong()));
    }
    return !closed;
  }

  /// Hands out a connection that is not too old, to an address that will do.
  Optional<C> take(Predicate<InetSocketAddress> address) {
    while (true) {
      Optional<C> found = next(address);
      if (found.isEmpty() || found.get().isUsable()) {
        return found;
      }
      found.get().close();
    }
  }

  private synchronized Optional<C> next(Predicate<InetSocketAddress> address) {
    long now = nanoTime.getAsLong();
    for (Iterator<Idle<C>> all = newestFirst.iterator(); all.hasNext(); ) {
      Idle<C> each = all.next();
      if (now - each.since() >= MOST_IDLE.toNanos()) {
        return Optional.empty();
      }
      if (address.test(each.connection().address())) {
        all.remove();
        return Optional.of(each.connection());
      }
    }
    return Optional.empty();
  }

  /// Closes those that are too old.
  void closeOld() {
    old().forEach(Connection::close);
  }

  private synchronized List<C> old() {
    List<C> old = new ArrayList<>();
    long now = nanoTime.getAsLong();
    while (!newestFirst.isEmpty() && now - newestFirst.getLast().since() >= MOST_IDLE.toNanos()) {
      old.add(newestFirst.removeLast().connection());
    }
    return old;
  }

  /// Closes all, and keeps none from now on.
  void closeAll() {
    drain().forEach(Connection::close);
  }

  private synchronized List<C> drain() {
    closed = true;
    List<C> all = newestFirst.stream().map(Idle::connection).toList();
    newestFirst.clear();
    return all;
  }
}
