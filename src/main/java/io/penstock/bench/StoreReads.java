package io.penstock.bench;

import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/// A store of Penstock's, asked as a loader asks it: for objects that are pinned.
final class StoreReads implements RangeReads.Later {
  private final Store store;
  private final Map<String, String> etags;

  /// @param store borrowed
  StoreReads(Store store, List<ObjectInfo> objects) {
    this.store = store;
    this.etags =
        objects.stream().collect(Collectors.toUnmodifiableMap(ObjectInfo::key, ObjectInfo::etag));
  }

  @Override
  public String with() {
    return "Penstock";
  }

  @Override
  public CompletableFuture<?> read(String key, ByteRange range, MemorySegment slot) {
    return store.read(
        new RangeRequest(key, range, Optional.ofNullable(etags.get(key))), Landing.into(slot));
  }

  @Override
  public void close() {}
}
