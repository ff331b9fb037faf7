package io.penstock.format;

import java.util.List;

/// One way of writing a fragment. Fragments written the same way share one layout of their version
/// record, and a loader is planned from it without reading any array's metadata.
///
/// @param groupSamples the group size c: samples that are always read together; every chunk of a
///   fixed tensor holds c·2^k samples or a divisor of c
/// @param tensors in schema order
public record Layout(long groupSamples, List<TensorLayout> tensors) {
  /// Copies the list.
  public Layout {
    tensors = List.copyOf(tensors);
  }

  /// The layout of this tensor, or empty if fragments of this layout lack it.
  public java.util.Optional<TensorLayout> find(String tensor) {
    return tensors.stream().filter(layout -> layout.tensor().equals(tensor)).findFirst();
  }
}
