package io.penstock.store;

import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Passes everything on to another store: the base of those that change some of what goes through
/// them. Closing it closes the other. Thread-safe if the other is.
public abstract class ForwardingStore implements Store {
  private final Store origin;

  /// @param origin does the work
  protected ForwardingStore(Store origin) {
    this.origin = origin;
  }

  /// The store that does the work.
  protected Store origin() {
    return origin;
  }

  @Override
  public URI uri() {
    return origin.uri();
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    return origin.stat(key);
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    return origin.read(request, landing);
  }

  @Override
  public void distrust(String key, ByteRange range) {
    origin.distrust(key, range);
  }

  @Override
  public Optional<StoredObject> get(String key, long maxBytes) {
    return origin.get(key, maxBytes);
  }

  @Override
  public PutResult put(String key, MemorySegment body, PutCondition condition) {
    return origin.put(key, body, condition);
  }

  @Override
  public Upload upload(String key) {
    return origin.upload(key);
  }

  @Override
  public ObjectPage list(String prefix, String startAfter, int maxKeys) {
    return origin.list(prefix, startAfter, maxKeys);
  }

  @Override
  public List<String> listDirectories(String prefix) {
    return origin.listDirectories(prefix);
  }

  @Override
  public void delete(String key) {
    origin.delete(key);
  }

  @Override
  public boolean near() {
    return origin.near();
  }

  @Override
  public StoreCounts counts() {
    return origin.counts();
  }

  @Override
  public void close() {
    origin.close();
  }
}
