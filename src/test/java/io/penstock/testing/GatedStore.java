package io.penstock.testing;

import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.ObjectPage;
import io.penstock.store.PutCondition;
import io.penstock.store.PutResult;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import io.penstock.store.StoredObject;
import io.penstock.store.Upload;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Passes everything on to another store, but lets ranged reads wait while its gate is closed. One
/// thread at a time opens and closes the gate; the other store completes its reads at once.
public final class GatedStore implements Store {
  private final Store store;
  private volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

  /// A store with an open gate.
  public GatedStore(Store store) {
    this.store = store;
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
                store
                    .read(request, landing)
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

  @Override
  public URI uri() {
    return store.uri();
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    return store.stat(key);
  }

  @Override
  public Optional<StoredObject> get(String key, long maxBytes) {
    return store.get(key, maxBytes);
  }

  @Override
  public PutResult put(String key, MemorySegment body, PutCondition condition) {
    return store.put(key, body, condition);
  }

  @Override
  public Upload upload(String key) {
    return store.upload(key);
  }

  @Override
  public ObjectPage list(String prefix, String startAfter, int maxKeys) {
    return store.list(prefix, startAfter, maxKeys);
  }

  @Override
  public List<String> listDirectories(String prefix) {
    return store.listDirectories(prefix);
  }

  @Override
  public void delete(String key) {
    store.delete(key);
  }

  @Override
  public void close() {
    store.close();
  }
}
