package io.penstock.s3;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/// The exchanges of one transport whose end has not been told, so that the transport can end them.
/// Thread-safe.
final class OpenExchanges {
  private final Executor elsewhere;
  private final Executor telling;
  private final Set<TrackedExchange> open = new HashSet<>();
  private final Deque<Runnable> uncalled = new ArrayDeque<>(); // each with a turn of elsewhere
  private boolean closed;

  /// @param elsewhere runs what must not run in the thread that cancels, until [#close]
  /// @param telling runs the telling of ends, each in the thread that comes to know it, until
  ///   [#close]
  OpenExchanges(Executor elsewhere, Executor telling) {
    this.elsewhere = elsewhere;
    this.telling = telling;
  }

  /// Begins an exchange, or ends it at once if the transport is closed.
  ///
  /// @param work of the exchange; never blocks
  /// @return whether it has begun
  boolean start(TrackedExchange exchange, Runnable work) {
    synchronized (this) {
      if (!closed) {
        open.add(exchange);
        work.run();
        return true;
      }
    }
    exchange.shut();
    return false;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  synchronized void over(TrackedExchange exchange) {
    open.remove(exchange);
    notifyAll();
  }

  /// Runs the telling of an end; after [#close] at once, because that waits for it.
  void tell(Runnable end) {
    if (isClosed()) {
      end.run();
    } else {
      telling.execute(end);
    }
  }

  /// Runs a call of a sink apart from whoever cancels, who may hold locks that the sink needs.
  void elsewhere(Runnable call) {
    synchronized (this) {
      if (!closed) {
        uncalled.add(call);
        elsewhere.execute(this::callNext);
        return;
      }
    }
    call.run();
  }

  private void callNext() {
    nextCall().ifPresent(Runnable::run);
  }

  private synchronized Optional<Runnable> nextCall() {
    return Optional.ofNullable(uncalled.poll()); // none: whoever closes was here earlier
  }

  /// Does what nobody has come to yet, because the ends of exchanges are among it.
  private void callAll() {
    for (Optional<Runnable> next = nextCall(); next.isPresent(); next = nextCall()) {
      next.get().run();
    }
  }

  /// Ends all exchanges and waits for their ends, but for those whose end the caller is just being
  /// told.
  ///
  /// @return whether it was open
  boolean close() {
    List<TrackedExchange> left;
    synchronized (this) {
      if (closed) {
        return false;
      }
      closed = true;
      left = List.copyOf(open);
    }
    left.forEach(TrackedExchange::shut);
    callAll();
    awaitEnds();
    return true;
  }

  private void awaitEnds() {
    boolean interrupted = false;
    synchronized (this) {
      while (!open.stream().allMatch(TrackedExchange::isBeingToldHere)) {
        try {
          wait();
        } catch (InterruptedException _) {
          interrupted = true; // lent memory may still be written to
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
