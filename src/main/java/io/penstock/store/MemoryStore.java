package io.penstock.store;

import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.RefusedException;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/// Objects in the heap, for tests and demonstrations: gone when the last reference is. Has the
/// exact semantics of a store, conditions and order of listings included. Thread-safe; reads run in
/// the caller and their futures are done when [#read] returns. An object has at most 2^31−1 bytes,
/// less a few.
public final class MemoryStore implements Store {
  private final InstantSource clock;
  private final Object lock = new Object();
  private final NavigableMap<String, StoredObject> objects = new TreeMap<>(Keys.ORDER);
  private long nextTag = 1;
  private boolean closed;

  /// An empty store.
  ///
  /// @param clock gives the objects' times
  public MemoryStore(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public URI uri() {
    return URI.create("memory:/");
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    return find(key).map(StoredObject::info);
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    Keys.check(request.key());
    return PendingTransfer.start(
        Runnable::run, "read " + request.key(), _ -> readNow(request, landing));
  }

  private ObjectInfo readNow(RangeRequest request, Landing landing) {
    String key = request.key();
    StoredObject object =
        find(key)
            .orElseThrow(
                () -> new NotFoundException(ErrorCode.OBJECT_NOT_FOUND, "no object " + key));
    StoreChecks.sameTag(request, object.info());
    StoreChecks.withinObject(request, object.info());
    for (Landing.Slice slice : Landing.checkedSlices(landing, request.range())) {
      long from = request.range().offset() + slice.offset();
      MemorySegment.copy(
          object.content(),
          Math.toIntExact(from),
          slice.target(),
          ValueLayout.JAVA_BYTE,
          0,
          Math.toIntExact(slice.target().byteSize()));
    }
    return object.info();
  }

  @Override
  public Optional<StoredObject> get(String key, long maxBytes) {
    Optional<StoredObject> object = find(key);
    object.ifPresent(found -> StoreChecks.atMost(maxBytes, found.info()));
    return object.map(found -> new StoredObject(found.info(), found.content().clone()));
  }

  @Override
  public PutResult put(String key, MemorySegment body, PutCondition condition) {
    Keys.check(key);
    byte[] content = bytes(key, body);
    synchronized (lock) {
      requireOpen();
      if (condition == PutCondition.CREATE_ONLY && objects.containsKey(key)) {
        return new PutResult.Exists();
      }
      return new PutResult.Stored(store(key, content).etag());
    }
  }

  private static byte[] bytes(String key, MemorySegment body) {
    if (body.byteSize() > StoreChecks.MAX_ARRAY_BYTES) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          String.format(
              Locale.ROOT,
              "object %s of %d bytes; a store in memory takes at most %d",
              key,
              body.byteSize(),
              StoreChecks.MAX_ARRAY_BYTES));
    }
    return body.toArray(ValueLayout.JAVA_BYTE);
  }

  private ObjectInfo store(String key, byte[] content) {
    ObjectInfo info = new ObjectInfo(key, content.length, "\"" + nextTag++ + "\"", clock.instant());
    objects.put(key, new StoredObject(info, content));
    return info;
  }

  @Override
  public Upload upload(String key) {
    Keys.check(key);
    synchronized (lock) {
      requireOpen();
    }
    return new MemoryUpload(key);
  }

  @Override
  public ObjectPage list(String prefix, String startAfter, int maxKeys) {
    Keys.checkListing(prefix, startAfter, maxKeys);
    List<ObjectInfo> page = new ArrayList<>();
    synchronized (lock) {
      requireOpen();
      boolean afterPrefix = Keys.ORDER.compare(startAfter, prefix) >= 0;
      NavigableMap<String, StoredObject> rest =
          afterPrefix ? objects.tailMap(startAfter, false) : objects.tailMap(prefix, true);
      for (StoredObject object : rest.values()) {
        if (!object.info().key().startsWith(prefix)) {
          break;
        }
        if (page.size() == maxKeys) {
          return new ObjectPage(page, true);
        }
        page.add(object.info());
      }
    }
    return new ObjectPage(page, false);
  }

  @Override
  public List<String> listDirectories(String prefix) {
    Keys.checkDirectory(prefix);
    List<String> names = new ArrayList<>();
    synchronized (lock) {
      requireOpen();
      for (String key : objects.tailMap(prefix, true).keySet()) {
        if (!key.startsWith(prefix)) {
          break;
        }
        int slash = key.indexOf('/', prefix.length());
        String name = slash < 0 ? "" : key.substring(prefix.length(), slash + 1);
        if (!name.isEmpty() && (names.isEmpty() || !names.getLast().equals(name))) {
          names.add(name);
        }
      }
    }
    return List.copyOf(names);
  }

  @Override
  public void delete(String key) {
    Keys.check(key);
    synchronized (lock) {
      requireOpen();
      objects.remove(key);
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
    }
  }

  private Optional<StoredObject> find(String key) {
    Keys.check(key);
    synchronized (lock) {
      requireOpen();
      return Optional.ofNullable(objects.get(key));
    }
  }

  private void requireOpen() {
    if (closed) {
      throw StoreChecks.closed(uri());
    }
  }

  /// Gathers the parts; the object appears when it is completed.
  private final class MemoryUpload implements Upload {
    private final String key;
    private final PartOrder parts;
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();

    MemoryUpload(String key) {
      this.key = key;
      this.parts = new PartOrder(key);
    }

    @Override
    public CompletableFuture<Void> append(MemorySegment part) {
      parts.add(part.byteSize());
      if (part.byteSize() > StoreChecks.MAX_ARRAY_BYTES - content.size()) {
        throw new RefusedException(
            ErrorCode.LIMIT_EXCEEDED,
            String.format(
                Locale.ROOT,
                "object %s exceeds %d bytes, the most that a store in memory takes",
                key,
                StoreChecks.MAX_ARRAY_BYTES));
      }
      content.writeBytes(bytes(key, part));
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public ObjectInfo complete() {
      parts.end();
      synchronized (lock) {
        requireOpen();
        if (objects.containsKey(key)) {
          throw StoreChecks.existsAlready(key);
        }
        return store(key, content.toByteArray());
      }
    }

    @Override
    public void close() {
      parts.discard();
    }
  }
}
