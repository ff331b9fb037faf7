package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.RefusedException;
import io.penstock.format.FragmentEntry;
import io.penstock.format.ObjectKeys;
import io.penstock.format.VersionContent;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.ObjectPage;
import io.penstock.store.PutCondition;
import io.penstock.store.PutResult;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import io.penstock.store.StoreCounts;
import io.penstock.store.StoredObject;
import io.penstock.store.Upload;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/// The stores of several datasets as one to read from: each object is looked for where the fragment
/// lies that it belongs to. Fragment ids are random, so two datasets share one only where one is a
/// copy of the other, and then with the same bytes. Closing it closes none of them. Thread-safe.
final class RoutedStore implements Store {
  private final NavigableMap<String, Store> byFragment = new TreeMap<>();

  /// @param stores of each content
  /// @param contents whose fragments lie there
  RoutedStore(List<Store> stores, List<VersionContent> contents) {
    for (int i = 0; i < stores.size(); i++) {
      for (FragmentEntry fragment : contents.get(i).fragments()) {
        byFragment.putIfAbsent(fragment.id() + "/", stores.get(i));
      }
    }
  }

  private Store of(String key) {
    String inFragment = ObjectKeys.inFragment(key);
    Map.Entry<String, Store> found = byFragment.floorEntry(inFragment);
    if (found == null || !inFragment.startsWith(found.getKey())) {
      throw new NotFoundException(
          ErrorCode.OBJECT_NOT_FOUND, "object " + key + " belongs to no fragment that is read");
    }
    return found.getValue();
  }

  @Override
  public URI uri() {
    return URI.create("mix:/");
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    return of(key).stat(key);
  }

  @Override
  public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
    return of(request.key()).read(request, landing);
  }

  @Override
  public void distrust(String key, ByteRange range) {
    of(key).distrust(key, range);
  }

  @Override
  public Optional<StoredObject> get(String key, long maxBytes) {
    return of(key).get(key, maxBytes);
  }

  @Override
  public PutResult put(String key, MemorySegment body, PutCondition condition) {
    throw readOnly();
  }

  @Override
  public Upload upload(String key) {
    throw readOnly();
  }

  @Override
  public ObjectPage list(String prefix, String startAfter, int maxKeys) {
    throw readOnly();
  }

  @Override
  public List<String> listDirectories(String prefix) {
    throw readOnly();
  }

  @Override
  public void delete(String key) {
    throw readOnly();
  }

  @Override
  public boolean near() {
    return byFragment.values().stream().allMatch(Store::near);
  }

  @Override
  public StoreCounts counts() {
    StoreCounts sum = StoreCounts.NONE;
    for (Store store : Set.copyOf(byFragment.values())) {
      sum = sum.plus(store.counts());
    }
    return sum;
  }

  private static RefusedException readOnly() {
    return new RefusedException(
        ErrorCode.INVALID_ARGUMENT, "several datasets as one: only their objects can be read");
  }

  @Override
  public void close() {}
}
