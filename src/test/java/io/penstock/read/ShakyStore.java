package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import io.penstock.store.ForwardingStore;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/// A store whose ranged reads answer in any order, on a thread of its own, and now and then fail.
/// Nothing waits for a clock: a read is late because others are answered first.
final class ShakyStore extends ForwardingStore {
  private final Random random;
  private final double failures;
  private final List<Runnable> pending = new ArrayList<>();
  private final Thread thread;
  private boolean closed;
  private int mostPending;

  /// @param failures share of reads that fail
  ShakyStore(Store store, long seed, double failures) {
    super(store);
    this.random = new Random(seed);
    this.failures = failures;
    this.thread = Thread.ofVirtual().start(this::answer);
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    CompletableFuture<ObjectInfo> answer = new CompletableFuture<>();
    synchronized (pending) {
      boolean fails = random.nextDouble() < failures;
      pending.add(() -> {
        if (fails) {
          answer.completeExceptionally(
              new TransientException(ErrorCode.STORE_UNAVAILABLE, "shaky " + request.key()));
          return;
        }
        var _ =
            super.read(request, landing)
                .whenComplete((info, failure) -> {
                  if (failure == null) {
                    answer.complete(info);
                  } else {
                    answer.completeExceptionally(failure);
                  }
                });
      });
      mostPending = Math.max(mostPending, pending.size());
      pending.notifyAll();
    }
    return answer;
  }

  /// The most reads that waited at once.
  int mostPending() {
    synchronized (pending) {
      return mostPending;
    }
  }

  private void answer() {
    while (true) {
      Runnable next;
      synchronized (pending) {
        while (pending.isEmpty() && !closed) {
          try {
            pending.wait();
          } catch (InterruptedException e) {
            return;
          }
        }
        if (pending.isEmpty()) {
          return;
        }
        next = pending.remove(random.nextInt(pending.size()));
      }
      next.run();
    }
  }

  /// Answers what is pending and ends its thread; the other store stays open.
  @Override
  public void close() {
    synchronized (pending) {
      closed = true;
      pending.notifyAll();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
