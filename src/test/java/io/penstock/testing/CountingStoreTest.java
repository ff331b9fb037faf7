package io.penstock.testing;

import io.penstock.store.MemoryStore;
import io.penstock.store.Store;
import io.penstock.store.StoreContractTest;
import java.time.Instant;

/// A counting store behaves as the one behind it.
class CountingStoreTest extends StoreContractTest {
  @Override
  protected Store openEmpty() {
    return new CountingStore(new MemoryStore(() -> Instant.EPOCH));
  }
}
