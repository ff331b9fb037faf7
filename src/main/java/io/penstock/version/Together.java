package io.penstock.version;

import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/// Requests that do not depend on each other, so that they cost one wait and not one each.
/// Thread-safe.
///
/// A few runners take one request after the other from the list. The first failure cancels what has
/// not ended; the call returns when every runner has ended, so nothing goes on behind its back.
final class Together {
  /// Requests in flight of one call. Enough that a level of pages of a large dataset is a handful
  /// of waits, few enough that a hundred calls do not open a hundred thousand connections.
  private static final int MOST_IN_FLIGHT = 64;

  private final Executor executor;

  Together(Executor executor) {
    this.executor = executor;
  }

  /// The answers, in the order of the requests.
  <T> List<T> all(List<? extends Supplier<? extends T>> requests) {
    if (requests.isEmpty()) {
      return List.of();
    }
    if (requests.size() == 1) {
      return List.of(requests.getFirst().get());
    }
    List<FutureTask<T>> tasks = new ArrayList<>();
    for (Supplier<? extends T> request : requests) {
      tasks.add(new FutureTask<>(request::get));
    }
    CountDownLatch runners = start(tasks);
    try {
      List<T> answers = new ArrayList<>();
      for (FutureTask<T> task : tasks) {
        answers.add(task.get());
      }
      return answers;
    } catch (ExecutionException failure) {
      cancel(tasks, runners);
      throw thrown(failure);
    } catch (InterruptedException stopped) {
      cancel(tasks, runners);
      Thread.currentThread().interrupt();
      throw interrupted(stopped);
    }
  }

  /// The answers for these values, in their order.
  <V, T> List<T> each(List<V> values, Function<V, T> request) {
    List<Supplier<T>> requests = new ArrayList<>();
    for (V value : values) {
      requests.add(() -> request.apply(value));
    }
    return all(requests);
  }

  /// What an interrupt while waiting turns into.
  static TransientException interrupted(InterruptedException stopped) {
    return new TransientException(ErrorCode.INTERRUPTED, "interrupted", stopped);
  }

  private <T> CountDownLatch start(List<FutureTask<T>> tasks) {
    AtomicInteger next = new AtomicInteger();
    int count = Math.min(tasks.size(), MOST_IN_FLIGHT);
    CountDownLatch running = new CountDownLatch(count);
    for (int i = 0; i < count; i++) {
      executor.execute(() -> {
        for (int at = next.getAndIncrement(); at < tasks.size(); at = next.getAndIncrement()) {
          tasks.get(at).run();
        }
        running.countDown();
      });
    }
    return running;
  }

  private static <T> void cancel(List<FutureTask<T>> tasks, CountDownLatch running) {
    tasks.forEach(task -> task.cancel(true));
    boolean stopped = false;
    while (running.getCount() > 0) {
      try {
        running.await();
      } catch (InterruptedException _) {
        stopped = true;
      }
    }
    if (stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private static RuntimeException thrown(ExecutionException failure) {
    return switch (failure.getCause()) {
      case Error error -> throw error;
      case RuntimeException cause -> cause;
      case null, default ->
          new IllegalStateException("a request threw a checked exception", failure);
    };
  }
}
