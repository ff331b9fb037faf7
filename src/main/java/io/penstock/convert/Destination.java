package io.penstock.convert;

import io.penstock.Dataset;
import io.penstock.Penstock;
import io.penstock.store.Store;
import java.util.function.Function;

/// Where a conversion writes to.
///
/// @param penstock the shared parts, borrowed
/// @param uri of the dataset
/// @param stores opens the store behind the URI, a new one at each call
public record Destination(Penstock penstock, String uri, Function<String, Store> stores) {
  /// The dataset at a URI.
  public static Destination of(Penstock penstock, String uri) {
    return new Destination(penstock, uri, penstock::store);
  }

  Dataset open() {
    return penstock.open(stores.apply(uri));
  }

  Dataset create() {
    return penstock.create(stores.apply(uri));
  }
}
