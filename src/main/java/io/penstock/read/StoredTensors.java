package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import io.penstock.format.ArrayCatalog;
import io.penstock.format.ArrayLayout;
import io.penstock.format.Catalog;
import io.penstock.format.FragmentEntry;
import io.penstock.format.ObjectKeys;
import io.penstock.format.TensorExtent;
import io.penstock.format.TensorLayout;
import io.penstock.format.VersionContent;
import io.penstock.store.PendingTransfer;
import io.penstock.store.Store;
import io.penstock.store.StoredObject;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The tensors of a version's fragments, each with its catalog: loaded on first need, side by side,
/// and kept as long as they fit. A catalog that is damaged or gone is replaced by the indexes of
/// the shards. Thread-safe.
final class StoredTensors {
  /*
   * A map in order of use. Who needs a tensor first puts a future there and loads it; others wait for
   * that. A failure is not kept: the next one tries again.
   */
  private static final Logger LOG = LoggerFactory.getLogger(StoredTensors.class);
  private static final long MAX_CATALOG_BYTES = 16L << 20;
  private static final long MAX_KEPT_BYTES = 64L << 20;

  private final Store store;
  private final VersionContent content;
  private final ShardIndexes shardIndexes;
  private final Map<Key, CompletableFuture<StoredTensor>> kept =
      new LinkedHashMap<>(16, 0.75f, true);
  private long keptBytes;

  StoredTensors(Store store, VersionContent content, BufferPool pool) {
    this.store = store;
    this.content = content;
    this.shardIndexes = new ShardIndexes(store, pool);
  }

  /// A tensor of a fragment.
  ///
  /// @param fragment its index in the version
  record Key(int fragment, String tensor) {}

  /// One tensor of one fragment. Blocks if it is not there yet.
  StoredTensor get(Key key) {
    return get(List.of(key)).getFirst();
  }

  /// Several, in the order of the keys; those that are not there yet are loaded side by side.
  /// Blocks.
  List<StoredTensor> get(List<Key> keys) {
    List<CompletableFuture<StoredTensor>> futures = new ArrayList<>(keys.size());
    Map<Key, CompletableFuture<StoredTensor>> missing = new LinkedHashMap<>();
    synchronized (kept) {
      for (Key key : keys) {
        CompletableFuture<StoredTensor> known = kept.get(key);
        if (known == null) {
          known = new CompletableFuture<>();
          kept.put(key, known);
          missing.put(key, known);
        }
        futures.add(known);
      }
    }
    if (!missing.isEmpty()) {
      loadAll(missing);
    }
    List<StoredTensor> tensors = new ArrayList<>(keys.size());
    for (int i = 0; i < futures.size(); i++) {
      tensors.add(await(keys.get(i), futures.get(i)));
    }
    return tensors;
  }

  private StoredTensor await(Key key, CompletableFuture<StoredTensor> future) {
    try {
      return PendingTransfer.await(future, "read catalogs");
    } catch (TransientException e) {
      if (future.isCancelled() && !Thread.currentThread().isInterrupted()) {
        // The thread that was loading it gave up; that does not concern this one.
        return get(key);
      }
      throw e;
    }
  }

  /// Forgets everything.
  void clear() {
    synchronized (kept) {
      kept.clear();
      keptBytes = 0;
    }
  }

  private void loadAll(Map<Key, CompletableFuture<StoredTensor>> missing) {
    try {
      FanOut.map(List.copyOf(missing.entrySet()), each -> settle(each.getKey(), each.getValue()));
    } finally {
      missing.forEach(this::abandon);
    }
  }

  private boolean settle(Key key, CompletableFuture<StoredTensor> promise) {
    try {
      StoredTensor tensor = load(key);
      keep(tensor.weightBytes());
      return promise.complete(tensor);
    } catch (RuntimeException | Error e) {
      forget(key, promise);
      return promise.completeExceptionally(e);
    }
  }

  private void abandon(Key key, CompletableFuture<StoredTensor> promise) {
    if (!promise.isDone()) {
      forget(key, promise);
      promise.cancel(false);
    }
  }

  private void forget(Key key, CompletableFuture<StoredTensor> promise) {
    synchronized (kept) {
      kept.remove(key, promise);
    }
  }

  private void keep(long weightBytes) {
    synchronized (kept) {
      keptBytes += weightBytes;
      Iterator<CompletableFuture<StoredTensor>> oldest = kept.values().iterator();
      while (keptBytes > MAX_KEPT_BYTES && oldest.hasNext()) {
        CompletableFuture<StoredTensor> candidate = oldest.next();
        if (candidate.isDone() && !candidate.isCompletedExceptionally()) {
          keptBytes -= candidate.resultNow().weightBytes();
          oldest.remove();
        }
      }
    }
  }

  private StoredTensor load(Key key) {
    FragmentEntry fragment = content.fragments().get(key.fragment());
    TensorLayout layout =
        content
            .layout(fragment)
            .find(key.tensor())
            .orElseThrow(() ->
                new CorruptDataException(
                    ErrorCode.UNSUPPORTED,
                    fragment.id(),
                    "the fragment has no tensor " + key.tensor()));
    TensorExtent extent = extent(fragment, key.tensor());
    Catalog catalog = findCatalog(fragment, key.tensor());
    Loading loading = new Loading(fragment, content.firstRow(key.fragment()), catalog);
    return switch (layout) {
      case TensorLayout.Fixed fixed ->
          new StoredTensor.Fixed(array(loading, fixed.tensor(), fixed.array(), 0, fragment.rows()));
      case TensorLayout.Ragged ragged ->
          new StoredTensor.Ragged(
              array(
                  loading.ofElements(),
                  ragged.tensor(),
                  ragged.values(),
                  0,
                  extent.valueElements()),
              array(loading, ragged.tensor(), ragged.offset(), 1, fragment.rows()),
              array(loading, ragged.tensor(), ragged.shape(), 2, fragment.rows()),
              Optional.ofNullable(catalog));
    };
  }

  private record Loading(FragmentEntry fragment, long firstRow, @Nullable Catalog catalog) {
    /// The same for an array whose rows are elements, not samples.
    Loading ofElements() {
      return new Loading(fragment, -1, catalog);
    }
  }

  private static TensorExtent extent(FragmentEntry fragment, String tensor) {
    return fragment.extents().stream()
        .filter(each -> each.tensor().equals(tensor))
        .findFirst()
        .orElseThrow(() ->
            new CorruptDataException(
                ErrorCode.METADATA_CORRUPT,
                fragment.id(),
                "the fragment's entry says nothing of tensor " + tensor));
  }

  private @Nullable Catalog findCatalog(FragmentEntry fragment, String tensor) {
    try {
      return catalog(fragment, tensor);
    } catch (PenstockException e) {
      if (!damaged(e)) {
        throw e;
      }
      LOG.warn("{}; reading the indexes of the shards instead", e.getMessage());
      return null;
    }
  }

  /// The catalog of a tensor of a fragment, as it stands on the store now. Blocks: one request.
  ///
  /// @throws CorruptDataException if it is damaged or gone
  Catalog catalog(FragmentEntry fragment, String tensor) {
    String key = ObjectKeys.catalog(fragment.id(), tensor);
    StoredObject object =
        store
            .get(key, MAX_CATALOG_BYTES)
            .orElseThrow(() ->
                new CorruptDataException(
                    ErrorCode.METADATA_CORRUPT, key, "the catalog is missing"));
    return Catalog.decode(key, object.content(), content.layout(fragment), fragment, tensor);
  }

  private static boolean damaged(PenstockException failure) {
    return failure instanceof CorruptDataException
        || (failure instanceof RefusedException && failure.code() == ErrorCode.LIMIT_EXCEEDED);
  }

  private StoredArray array(
      Loading loading, String tensor, ArrayLayout layout, int number, long length) {
    String fragment = loading.fragment().id();
    ChunkIndex index;
    if (loading.catalog() != null) {
      ArrayCatalog catalog = loading.catalog().arrays().get(number);
      index = new ChunkIndex.OfCatalog(catalog);
    } else {
      index = rebuiltIndex(fragment, tensor, layout, length);
    }
    return new StoredArray(tensor, fragment, layout, length, loading.firstRow(), index);
  }

  private ChunkIndex rebuiltIndex(String fragment, String tensor, ArrayLayout layout, long length) {
    // An array without an index of its own serves to name the shards.
    ChunkIndex none = new ChunkIndex.OfShards(List.of(), layout.chunksPerShard());
    StoredArray unindexed = new StoredArray(tensor, fragment, layout, length, -1, none);
    List<Integer> shards = IntStream.range(0, unindexed.shards()).boxed().toList();
    if (shards.isEmpty()) {
      return none;
    }
    return new ChunkIndex.OfShards(
        FanOut.map(shards, shard -> shardIndexes.read(layout, unindexed.key(shard))),
        layout.chunksPerShard());
  }
}
