package io.penstock;

import io.penstock.cache.CachedStore;
import io.penstock.cache.DiskCache;
import io.penstock.cache.Preload;
import io.penstock.cache.Reading;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/// How one dataset uses the cache of its [Penstock], if that has one and the dataset is not on a
/// local disk itself. Thread-safe.
final class CacheUse implements AutoCloseable {
  private final Store origin;
  private final Optional<CachedStore> cached;
  private final List<Expected> expected = new ArrayList<>();

  /// What somebody reads, for as long as he is there.
  private record Expected(WeakReference<Object> reader, Reading reading) {}

  /// Takes ownership of the store.
  CacheUse(Store origin, Optional<DiskCache> cache, String datasetId) {
    this.origin = origin;
    this.cached =
        cache
            .filter(_ -> !isLocal(origin.uri()))
            .map(each -> each.over(origin, origin.uri() + " " + datasetId));
  }

  private static boolean isLocal(URI uri) {
    return "file".equals(uri.getScheme());
  }

  /// The store to read data from.
  Store store() {
    return cached.isPresent() ? cached.get() : origin;
  }

  /// Says what a reader reads in an epoch, or in many: from which bytes it takes them.
  ///
  /// @param reader who reads; the statement ends when nobody holds him any more
  /// @param keys of data objects
  void expect(Object reader, Predicate<String> keys, long bytes) {
    if (cached.isPresent()) {
      synchronized (expected) {
        expected.removeIf(each -> {
          boolean gone = each.reader().refersTo(null);
          if (gone) {
            each.reading().close();
          }
          return gone;
        });
        expected.add(new Expected(new WeakReference<>(reader), cached.get().reading(keys, bytes)));
      }
    }
  }

  /// Begins to fill the cache with what it keeps of some chunks, if there is one.
  Optional<Preload> preload(Iterable<RangeRequest> chunks, Executor executor) {
    return cached.map(store -> store.preload(chunks, executor));
  }

  /// Whether an object lies below one of these directories.
  static Predicate<String> below(Set<String> directories) {
    Set<String> all = Set.copyOf(directories);
    return key -> {
      for (int slash = key.indexOf('/'); slash >= 0; slash = key.indexOf('/', slash + 1)) {
        if (all.contains(key.substring(0, slash))) {
          return true;
        }
      }
      return false;
    };
  }

  /// Closes the store.
  @Override
  public void close() {
    store().close();
  }
}
