package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import io.penstock.store.PendingTransfer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/// Blocking requests side by side, on virtual threads that end with the call.
final class FanOut {
  /// Enough for one round trip over all catalogs of a usual dataset, and within the connections
  /// that a client keeps.
  private static final int MOST_AT_ONCE = 64;

  private FanOut() {}

  /// The results of a function for each item, in their order. One item runs in the caller. The
  /// first failure is thrown after all have ended.
  static <T, R> List<R> map(List<T> items, Function<? super T, ? extends R> function) {
    if (items.size() == 1) {
      return List.of(function.apply(items.getFirst()));
    }
    Semaphore turns = new Semaphore(MOST_AT_ONCE);
    List<CompletableFuture<R>> results = new ArrayList<>(items.size());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (T item : items) {
        acquire(turns);
        results.add(
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    return function.apply(item);
                  } finally {
                    turns.release();
                  }
                },
                threads));
      }
      return results.stream().<R>map(each -> PendingTransfer.await(each, "read")).toList();
    }
  }

  private static void acquire(Semaphore turns) {
    try {
      turns.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransientException(ErrorCode.INTERRUPTED, "a read was interrupted", e);
    }
  }
}
