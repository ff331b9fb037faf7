package io.penstock.s3;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/// An event loop that receives into lent memory while it does something else, and what it has to
/// tell. Confined to its thread, but for what says otherwise.
final class LandingLoop {
  // Whoever is told an end may close the transport, and so wait for the ends of all exchanges. In
  // the loop's own thread that is well as long as the loop is receiving nothing into lent memory:
  // only such a receive ends later than its exchange, and only if the loop goes on. Nearly always
  // none is under way when the loop has handled all that the system had to say and comes to its
  // tasks; so ends are told there, and by another thread in the rare other case.

  private final EventExecutor loop;
  private final Executor elsewhere;
  private final Set<NettyConnection> landing = new HashSet<>();
  private final Deque<Runnable> untold = new ArrayDeque<>();

  /// @param elsewhere runs what must not run in the loop's thread
  LandingLoop(EventExecutor loop, Executor elsewhere) {
    this.loop = loop;
    this.elsewhere = elsewhere;
  }

  /// The one of them whose thread is this one. Any thread may ask.
  static Optional<LandingLoop> here(Iterable<LandingLoop> all) {
    for (LandingLoop each : all) {
      if (each.loop.inEventLoop()) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  /// The buffer of the next receive on a connection.
  ByteBuf nextReceive(NettyConnection connection) {
    ByteBuf buffer = connection.nextReceive();
    if (connection.isLanding()) {
      landing.add(connection);
    }
    return buffer;
  }

  /// Has an end told soon.
  void tell(Runnable end) {
    untold.add(end);
    loop.execute(this::tellNext);
  }

  private void tellNext() {
    Runnable next = untold.poll();
    if (next == null) {
      return; // it is told already
    }
    landing.removeIf(connection -> !connection.isLanding());
    if (landing.isEmpty()) {
      next.run();
    } else {
      elsewhere.execute(next);
    }
  }

  /// Tells what is untold at once, because the thread will be kept until it is told.
  void tellAll() {
    while (!untold.isEmpty()) {
      untold.remove().run();
    }
  }
}
