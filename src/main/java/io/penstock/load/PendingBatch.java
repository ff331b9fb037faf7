package io.penstock.load;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// A batch that a virtual thread waits for.
final class PendingBatch extends CompletableFuture<Optional<Batch>> {
  private final Thread waiting;

  private PendingBatch(Loader loader) {
    waiting =
        Thread.ofVirtual()
            .name("penstock-next")
            .unstarted(() -> {
              try {
                Optional<Batch> batch = loader.next();
                if (!complete(batch)) {
                  batch.ifPresent(Batch::close);
                }
              } catch (RuntimeException | Error e) {
                completeExceptionally(e);
              }
            });
  }

  static PendingBatch of(Loader loader) {
    PendingBatch pending = new PendingBatch(loader);
    pending.waiting.start();
    return pending;
  }

  /// Ends the wait too.
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    if (cancelled) {
      waiting.interrupt();
    }
    return cancelled;
  }
}
