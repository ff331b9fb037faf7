package io.penstock.version;

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

/// Passes requests on to a store, each after a step; refuses those that the protocol forbids
/// whoever makes them: to replace or to delete a version record or a ref.
final class SteppedStore implements Store {
  private final Store store;
  private final Runnable step;

  SteppedStore(Store store, Runnable step) {
    this.store = store;
    this.step = step;
  }

  private static void requireKept(String what, String key) {
    boolean record = key.startsWith("__penstock/branches/") || key.startsWith("__penstock/refs/");
    if (record && key.endsWith(".json")) {
      throw new AssertionError(what + " of " + key + ", which must stay for ever");
    }
  }

  @Override
  public URI uri() {
    return store.uri();
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    step.run();
    return store.stat(key);
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    step.run();
    return store.read(request, landing);
  }

  @Override
  public Optional<StoredObject> get(String key, long maxBytes) {
    step.run();
    return store.get(key, maxBytes);
  }

  @Override
  public PutResult put(String key, MemorySegment body, PutCondition condition) {
    if (condition == PutCondition.NONE) {
      requireKept("replacement", key);
    }
    step.run();
    return store.put(key, body, condition);
  }

  @Override
  public Upload upload(String key) {
    step.run();
    return store.upload(key);
  }

  @Override
  public ObjectPage list(String prefix, String startAfter, int maxKeys) {
    step.run();
    return store.list(prefix, startAfter, maxKeys);
  }

  @Override
  public List<String> listDirectories(String prefix) {
    step.run();
    return store.listDirectories(prefix);
  }

  @Override
  public void delete(String key) {
    requireKept("deletion", key);
    step.run();
    store.delete(key);
  }

  @Override
  public void close() {
    store.close();
  }
}
