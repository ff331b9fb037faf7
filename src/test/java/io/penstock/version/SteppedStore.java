package io.penstock.version;

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

/// Passes requests on to a store, each after a step; refuses those that the protocol forbids
/// whoever makes them: to replace or to delete a version record or a ref.
final class SteppedStore extends ForwardingStore {
  private final Runnable step;

  SteppedStore(Store store, Runnable step) {
    super(store);
    this.step = step;
  }

  private static void requireKept(String what, String key) {
    boolean record = key.startsWith("__penstock/branches/") || key.startsWith("__penstock/refs/");
    if (record && key.endsWith(".json")) {
      throw new AssertionError(what + " of " + key + ", which must stay for ever");
    }
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    step.run();
    return super.stat(key);
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    step.run();
    return super.read(request, landing);
  }

  @Override
  public Optional<StoredObject> get(String key, long maxBytes) {
    step.run();
    return super.get(key, maxBytes);
  }

  @Override
  public PutResult put(String key, MemorySegment body, PutCondition condition) {
    if (condition == PutCondition.NONE) {
      requireKept("replacement", key);
    }
    step.run();
    return super.put(key, body, condition);
  }

  @Override
  public Upload upload(String key) {
    step.run();
    return super.upload(key);
  }

  @Override
  public ObjectPage list(String prefix, String startAfter, int maxKeys) {
    step.run();
    return super.list(prefix, startAfter, maxKeys);
  }

  @Override
  public List<String> listDirectories(String prefix) {
    step.run();
    return super.listDirectories(prefix);
  }

  @Override
  public void delete(String key) {
    requireKept("deletion", key);
    step.run();
    super.delete(key);
  }
}
