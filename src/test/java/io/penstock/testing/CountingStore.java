package io.penstock.testing;

import io.penstock.store.ForwardingStore;
import io.penstock.store.ForwardingUpload;
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
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Passes everything on to another store, and counts: requests by kind, bytes put, bytes read.
/// Thread-safe; closing it closes the other.
public final class CountingStore extends ForwardingStore {
  private final Map<Operation, Long> requests = new EnumMap<>(Operation.class);
  private final List<String> trace = new ArrayList<>();
  private long bytesPut;
  private long bytesRead;

  /// Counts what goes to a store.
  public CountingStore(Store store) {
    super(store);
  }

  /// Requests of all kinds since the beginning, or since [#reset].
  public synchronized long requests() {
    return requests.values().stream().mapToLong(Long::longValue).sum();
  }

  /// Requests of one kind.
  public synchronized long requests(Operation operation) {
    return requests.getOrDefault(operation, 0L);
  }

  /// Bytes of all bodies and parts, whether or not they were stored.
  public synchronized long bytesPut() {
    return bytesPut;
  }

  /// Bytes of all ranges asked for and objects got.
  public synchronized long bytesRead() {
    return bytesRead;
  }

  /// The requests in the order in which they began: kind and key, and offset and length of ranges.
  public synchronized List<String> trace() {
    return List.copyOf(trace);
  }

  /// Counts from nothing again.
  public synchronized void reset() {
    requests.clear();
    trace.clear();
    bytesPut = 0;
    bytesRead = 0;
  }

  private synchronized void count(Operation operation, String what, long put, long read) {
    requests.merge(operation, 1L, Long::sum);
    trace.add(operation + " " + what);
    bytesPut += put;
    bytesRead += read;
  }

  private synchronized void countRead(long bytes) {
    bytesRead += bytes;
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    count(Operation.STAT, key, 0, 0);
    return super.stat(key);
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    String range = request.range().offset() + "+" + request.range().length();
    count(Operation.READ, request.key() + " " + range, 0, request.range().length());
    return super.read(request, landing);
  }

  @Override
  public Optional<StoredObject> get(String key, long maxBytes) {
    count(Operation.GET, key, 0, 0);
    Optional<StoredObject> object = super.get(key, maxBytes);
    object.ifPresent(found -> countRead(found.info().bytes()));
    return object;
  }

  @Override
  public PutResult put(String key, MemorySegment body, PutCondition condition) {
    count(Operation.PUT, key, body.byteSize(), 0);
    return super.put(key, body, condition);
  }

  @Override
  public Upload upload(String key) {
    count(Operation.UPLOAD, key, 0, 0);
    return new ForwardingUpload(super.upload(key)) {
      @Override
      public CompletableFuture<Void> append(MemorySegment part) {
        count(Operation.PART, key, part.byteSize(), 0);
        return super.append(part);
      }

      @Override
      public ObjectInfo complete() {
        count(Operation.COMPLETE, key, 0, 0);
        return super.complete();
      }
    };
  }

  @Override
  public ObjectPage list(String prefix, String startAfter, int maxKeys) {
    count(Operation.LIST, prefix, 0, 0);
    return super.list(prefix, startAfter, maxKeys);
  }

  @Override
  public List<String> listDirectories(String prefix) {
    count(Operation.LIST, prefix, 0, 0);
    return super.listDirectories(prefix);
  }

  @Override
  public void delete(String key) {
    count(Operation.DELETE, key, 0, 0);
    super.delete(key);
  }
}
