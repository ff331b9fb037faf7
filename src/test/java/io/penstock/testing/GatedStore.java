package io.penstock.testing;

import io.penstock.store.ForwardingStore;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import java.util.concurrent.CompletableFuture;

/// Passes everything on to another store, but lets ranged reads wait while its gate is closed. One
/// thread at a time opens and closes the gate; the other store completes its reads at once.
public final class GatedStore extends ForwardingStore {
  private volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

  /// A store with an open gate.
  public GatedStore(Store store) {
    super(store);
  }

  /// Reads that begin from now on wait.
  public void shut() {
    gate = new CompletableFuture<>();
  }

  /// Reads that wait go on, on the caller's thread, and later ones do not wait.
  public void open() {
    gate.complete(null);
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    CompletableFuture<ObjectInfo> answer = new CompletableFuture<>();
    var _ =
        gate.thenRun(() -> {
          if (!answer.isDone()) {
            var _ =
                super.read(request, landing)
                    .whenComplete((info, failure) -> {
                      if (failure == null) {
                        answer.complete(info);
                      } else {
                        answer.completeExceptionally(failure);
                      }
                    });
          }
        });
    return answer;
  }
}
