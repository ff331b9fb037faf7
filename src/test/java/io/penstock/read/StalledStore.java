package io.penstock.read;

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

/// A store whose ranged reads never answer until they are cancelled.
record StalledStore(Store store) implements Store {
  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    return new CompletableFuture<>();
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
