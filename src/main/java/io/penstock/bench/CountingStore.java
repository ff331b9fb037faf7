package io.penstock.bench;

import io.penstock.store.ForwardingStore;
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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// A store that counts what goes through it and leaves the work to another. Closing it closes the
/// other. Thread-safe.
final class CountingStore extends ForwardingStore {
  private final Traffic traffic;

  /// Takes ownership of the store; several may share one count.
  CountingStore(Store store, Traffic traffic) {
    super(store);
    this.traffic = traffic;
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    return counted(() -> super.stat(key));
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    traffic.begin();
    // Both when the answer comes: what is asked for before a count begins belongs to it, whole, or
    // does not.
    Landing counting =
        () -> {
          List<Landing.Slice> slices = landing.slices();
          long used = slices.stream().mapToLong(slice -> slice.target().byteSize()).sum();
          traffic.fetched(request.range().length(), used);
          return slices;
        };
    // The future itself, not one that depends on it: only it knows when the memory is free again.
    CompletableFuture<ObjectInfo> transfer = super.read(request, counting);
    var _ = transfer.whenComplete((_, _) -> traffic.end());
    return transfer;
  }

  @Override
  public Optional<StoredObject> get(String key, long maxBytes) {
    Optional<StoredObject> object = counted(() -> super.get(key, maxBytes));
    object.ifPresent(found -> traffic.fetched(found.content().length, found.content().length));
    return object;
  }

  @Override
  public PutResult put(String key, MemorySegment body, PutCondition condition) {
    PutResult result = counted(() -> super.put(key, body, condition));
    traffic.put(body.byteSize());
    return result;
  }

  @Override
  public Upload upload(String key) {
    return new CountingUpload(super.upload(key), traffic);
  }

  @Override
  public ObjectPage list(String prefix, String startAfter, int maxKeys) {
    return counted(() -> super.list(prefix, startAfter, maxKeys));
  }

  @Override
  public List<String> listDirectories(String prefix) {
    return counted(() -> super.listDirectories(prefix));
  }

  @Override
  public void delete(String key) {
    counted(() -> {
      super.delete(key);
      return key;
    });
  }

  private <T> T counted(Supplier<T> request) {
    traffic.begin();
    try {
      return request.get();
    } finally {
      traffic.end();
    }
  }
}
