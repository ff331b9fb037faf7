package io.penstock.format;

import java.util.List;

/// An immutable piece of a fragment list, shared between versions.
public sealed interface Page {
  /// Level 0: fragments, oldest first.
  record OfFragments(List<FragmentEntry> fragments) implements Page {
    /// Copies the list.
    public OfFragments {
      fragments = List.copyOf(fragments);
    }
  }

  /// Level 1 and above: pages of one level less, oldest first.
  record OfPages(int level, List<PageRef> pages) implements Page {
    /// Copies the list.
    public OfPages {
      pages = List.copyOf(pages);
    }
  }
}
