package io.penstock.write;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The lock that all threads of one writer share, and the first failure, which stops them all.
/// Thread-safe.
final class Monitor {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile @Nullable Throwable failure;

  /// Notes a failure, unless there is one already, and wakes whoever waits.
  void fail(Throwable cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
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

  /// Changes what the monitor guards and wakes whoever waits.
  void update(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Looks at what the monitor guards, or changes it in a way that nobody waits for.
  <T> T locked(Supplier<T> look) {
    lock.lock();
    try {
      return look.get();
    } finally {
      lock.unlock();
    }
  }

  /// Waits until `attempt` gives something; it runs under the lock, at once and after each change.
  /// Throws the first failure. An interrupt is a failure of the writer: the flag is restored.
  <T> T await(Supplier<Optional<T>> attempt) {
    lock.lock();
    try {
      while (true) {
        check();
        Optional<T> result = attempt.get();
        if (result.isPresent()) {
          return result.get();
        }
        changed.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fail(new TransientException(ErrorCode.INTERRUPTED, "interrupted while writing", e));
      check();
      throw new AssertionError("a failure was noted just now", e);
    } finally {
      lock.unlock();
    }
  }

  /// Waits until something holds, whatever failed and whether or not the thread is interrupted.
  void awaitUninterruptibly(java.util.function.BooleanSupplier condition) {
    lock.lock();
    try {
      while (!condition.getAsBoolean()) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }
}
