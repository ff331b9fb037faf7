package io.penstock.read;

import io.penstock.store.ForwardingStore;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import java.util.concurrent.CompletableFuture;

/// A store whose ranged reads never answer until they are cancelled.
final class StalledStore extends ForwardingStore {
  StalledStore(Store store) {
    super(store);
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    return new CompletableFuture<>();
  }
}
