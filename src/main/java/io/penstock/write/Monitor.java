package io.penstock.write;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The lock that all threads of one writer share, and the first failure, which stops them all.
/// Thread-safe.
final class Monitor {
  /*
   * Whoever waits leaves its attempt here, and whoever changes something makes the attempts for those
   * who wait, first come, first served: so only they are woken who got what they wait for. Chunks
   * change something several times, and there may be a thread for each shard on its way.
   */
  private final ReentrantLock lock = new ReentrantLock();
  private final Set<Waiter<?>> waiters = new LinkedHashSet<>();
  private volatile @Nullable Throwable failure;
  private boolean changed;

  /// Notes a failure, unless there is one already, and wakes whoever waits.
  void fail(Throwable cause) {
    update(() -> {
      if (failure == null) {
        failure = cause;
      }
    });
  }

  /// Whether a failure stopped the writer.
  boolean failed() {
    return failure != null;
  }

  /// Throws the first failure, if there is one.
  void check() {
    switch (failure) {
      case null -> {}
      case PenstockException known -> throw known;
      case Error error -> throw error;
      case Throwable other ->
          throw new RefusedException(
              ErrorCode.INTERNAL, "writing the fragment failed: " + other, other);
    }
  }

  /// Changes what the monitor guards and serves whoever waits for it.
  void update(Runnable change) {
    locked(() -> {
      change.run();
      changed = true;
      return true;
    });
  }

  /// Looks at what the monitor guards, or changes it in a way that nobody waits for.
  <T> T locked(Supplier<T> look) {
    lock.lock();
    try {
      return look.get();
    } finally {
      leave();
    }
  }

  /// Waits until `attempt` gives something; it runs under the lock, at once and after each change,
  /// on whichever thread made it. Throws what it throws, or the first failure. An interrupt is a
  /// failure of the writer, unless the thread has been served already: what it was given must not
  /// be lost. The flag is restored.
  <T> T await(Supplier<Optional<T>> attempt) {
    lock.lock();
    try {
      Waiter<T> waiter =
          waiter(() -> {
            check();
            return attempt.get();
          });
      while (!waiter.over()) {
        try {
          waiter.served.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          if (!waiter.over()) {
            fail(new TransientException(ErrorCode.INTERRUPTED, "interrupted while writing", e));
            serve();
          }
        }
      }
      return waiter.result();
    } finally {
      leave();
    }
  }

  /// Waits until something holds, whatever failed and whether or not the thread is interrupted.
  void awaitUninterruptibly(BooleanSupplier condition) {
    lock.lock();
    try {
      Waiter<Boolean> waiter =
          waiter(() -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty());
      while (!waiter.over()) {
        waiter.served.awaitUninterruptibly();
      }
    } finally {
      leave();
    }
  }

  private <T> Waiter<T> waiter(Supplier<Optional<T>> attempt) {
    Waiter<T> waiter = new Waiter<>(attempt);
    waiters.add(waiter);
    waiter.attempt();
    serve();
    return waiter;
  }

  /// Makes the attempts of those who wait, if something changed, unless this is a call within
  /// another one: attempts change something, too.
  private void serve() {
    while (changed && lock.getHoldCount() == 1) {
      changed = false;
      List.copyOf(waiters).forEach(Waiter::attempt);
    }
  }

  private void leave() {
    try {
      serve();
    } finally {
      lock.unlock();
    }
  }

  /// One thread that waits, from the first attempt that gives nothing on. Guarded by the lock.
  private final class Waiter<T> {
    private final Supplier<Optional<T>> attempt;
    private final Condition served = lock.newCondition();
    private Optional<T> result = Optional.empty();
    private @Nullable Throwable thrown;

    Waiter(Supplier<Optional<T>> attempt) {
      this.attempt = attempt;
    }

    void attempt() {
      try {
        result = attempt.get();
      } catch (RuntimeException | Error e) {
        thrown = e;
      }
      if (over()) {
        waiters.remove(this);
        served.signal();
      }
    }

    boolean over() {
      return result.isPresent() || thrown != null;
    }

    T result() {
      switch (thrown) {
        case null -> {}
        case Error error -> throw error;
        case RuntimeException failed -> throw failed;
        case Throwable other -> throw new AssertionError(other);
      }
      return result.orElseThrow();
    }
  }
}
