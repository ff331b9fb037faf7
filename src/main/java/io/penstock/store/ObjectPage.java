package io.penstock.store;

import java.util.List;

/// One page of a listing.
///
/// @param objects in order of their keys
/// @param truncated whether more may follow after the last one
public record ObjectPage(List<ObjectInfo> objects, boolean truncated) {
  /// Copies the list.
  public ObjectPage {
    objects = List.copyOf(objects);
  }
}
