package io.penstock.cache;

import io.penstock.store.ByteRange;
import io.penstock.store.ForwardingStore;
import io.penstock.store.ForwardingUpload;
import io.penstock.store.Keys;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PutCondition;
import io.penstock.store.PutResult;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import io.penstock.store.StoreChecks;
import io.penstock.store.Upload;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/// A store over another one whose ranged reads are served from a [DiskCache] where it has the
/// bytes. Everything else goes to the other store. Closing it closes that one. Thread-safe.
///
/// Only what a [#reading] names is kept, and it must never change: a piece is handed out for as
/// long as its object is not known to be another one. Each slice of a landing is one piece, a
/// chunk; it is found again when just these bytes are asked for again. A read that is partly in the
/// directory asks the store for the rest in ranges as long as can be.
public final class CachedStore extends ForwardingStore {
  private final DiskCache cache;
  private final String scope;
  private final List<Reading> readings = new CopyOnWriteArrayList<>();

  /// Objects that were written through this store, and so are not what may be kept.
  private final Set<String> changed = ConcurrentHashMap.newKeySet();

  private volatile boolean closed;

  CachedStore(DiskCache cache, Store store, String scope) {
    super(store);
    this.cache = cache;
    this.scope = scope;
  }

  /// Says what this machine reads in an epoch, so that the right share of it is kept, for as long
  /// as the caller holds on to the result. Where several hold, a piece is kept that any of them
  /// keeps.
  ///
  /// @param keys objects that are read, and that never change
  /// @param readBytes how many bytes this machine reads sooner or later: all, where each epoch
  ///   deals them out anew; its ranks' part, where they meet the same in every epoch
  public Reading reading(Predicate<String> keys, long readBytes) {
    Reading reading = cache.reading(scope, keys, readBytes, readings::remove);
    readings.add(reading);
    return reading;
  }

  /// Begins to fill the cache with those of some chunks that are to be kept, so that readers find
  /// them there. A [#reading] must say first what is to be kept.
  ///
  /// @param chunks the stored bytes of one chunk each, as readers will ask for them; chunks that
  ///   lie behind each other should come in this order. Gone through twice, by threads of the
  ///   executor
  /// @param executor runs a few tasks that wait for the store
  public Preload preload(Iterable<RangeRequest> chunks, Executor executor) {
    return new Preload(this, chunks).start(executor);
  }

  /// The store that it stands before, for what must not come from a cache.
  @Override
  public Store origin() {
    return super.origin();
  }

  String scope() {
    return scope;
  }

  DiskCache cache() {
    return cache;
  }

  /// Whether a piece of this dataset is to be kept.
  boolean keeps(Piece piece) {
    return any(reading -> reading.keeps(piece)) && !changed.contains(piece.key());
  }

  /// Whether the object is still what it was when it was read.
  boolean unchanged(String key) {
    return !changed.contains(key);
  }

  private boolean any(Predicate<Reading> test) {
    for (Reading each : readings) {
      if (test.test(each)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    String key = Keys.check(request.key());
    if (closed) {
      throw StoreChecks.closed(uri());
    }
    long from = request.range().offset();
    boolean some = unchanged(key) && any(each -> each.keepsAnyIn(key, from, request.range().end()));
    return some ? SplitRead.start(this, request, landing) : super.read(request, counted(landing));
  }

  private Landing counted(Landing landing) {
    return () -> {
      List<Landing.Slice> slices = landing.slices();
      slices.forEach(slice -> cache.counters().bytesFromStore.add(slice.target().byteSize()));
      return slices;
    };
  }

  @Override
  public void distrust(String key, ByteRange range) {
    Piece piece = new Piece(scope, key, range.offset(), range.length());
    if (keeps(piece)) {
      cache.distrust(piece);
    }
    super.distrust(key, range);
  }

  @Override
  public PutResult put(String key, MemorySegment body, PutCondition condition) {
    try {
      return super.put(key, body, condition);
    } finally {
      change(key);
    }
  }

  @Override
  public Upload upload(String key) {
    return new ForwardingUpload(super.upload(key)) {
      @Override
      public ObjectInfo complete() {
        try {
          return super.complete();
        } finally {
          change(key);
        }
      }
    };
  }

  @Override
  public void delete(String key) {
    try {
      super.delete(key);
    } finally {
      change(key);
    }
  }

  private void change(String key) {
    if (Keys.isKey(key) && any(reading -> reading.covers(key)) && changed.add(key)) {
      cache.distrustObject(scope, key);
    }
  }

  @Override
  public void close() {
    closed = true;
    cache.forget(this);
    super.close();
  }
}
