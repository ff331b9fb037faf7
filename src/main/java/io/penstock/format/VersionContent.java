package io.penstock.format;

import java.util.List;

/// What a version holds, all pages read: enough to plan any read of it. Position i of the version
/// is row `i − firstRow(f)` of the fragment f it falls into. Immutable, thread-safe.
public final class VersionContent {
  private final Schema schema;
  private final List<Layout> layouts;
  private final List<FragmentEntry> fragments;
  private final long[] firstRows;

  /// The content of these fragments, in version order.
  public VersionContent(Schema schema, List<Layout> layouts, List<FragmentEntry> fragments) {
    this.schema = schema;
    this.layouts = List.copyOf(layouts);
    this.fragments = List.copyOf(fragments);
    this.firstRows = new long[fragments.size() + 1];
    for (int i = 0; i < fragments.size(); i++) {
      firstRows[i + 1] = Math.addExact(firstRows[i], fragments.get(i).rows());
    }
  }

  /// The tensors.
  public Schema schema() {
    return schema;
  }

  /// The fragments, oldest first.
  public List<FragmentEntry> fragments() {
    return fragments;
  }

  /// The distinct layouts.
  public List<Layout> layouts() {
    return layouts;
  }

  /// The layout of a fragment.
  public Layout layout(FragmentEntry fragment) {
    return layouts.get(fragment.layout());
  }

  /// Samples of the version.
  public long samples() {
    return firstRows[firstRows.length - 1];
  }

  /// Position of the first row of a fragment, by its index; at the number of fragments, [#samples].
  public long firstRow(int fragment) {
    return firstRows[fragment];
  }

  /// Index of the fragment that holds a position, 0 to [#samples] − 1. O(log fragments).
  public int fragmentAt(long position) {
    java.util.Objects.checkIndex(position, samples());
    int low = 0;
    int high = fragments.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (firstRows[middle] <= position) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }
}
