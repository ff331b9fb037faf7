package io.penstock.cache;

import io.penstock.store.Store;
import io.penstock.store.StoreContractTest;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/// A store before which a cache stands keeps the contract, whatever the cache has of it.
class CachedStoreContractTest extends StoreContractTest {
  @TempDir Path directory;
  private CacheRig rig;

  @Override
  protected Store openEmpty() {
    rig = new CacheRig(directory, 256L << 20, 64 << 10);
    rig.store.reading(_ -> true, 1);
    return rig.store;
  }

  @AfterEach
  void closeRig() {
    rig.close();
  }
}
