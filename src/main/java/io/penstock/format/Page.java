package io.penstock.format;

import java.util.List;

/// An immutable piece of a fragment list, shared between versions.
public sealed interface Page {
  /// The most entries of a page, and the most fragments that a version record lists itself.
  int MAX_ENTRIES = 64;

  /// The most bytes of a fragment list in a version record; older fragments go into a page then.
  int MAX_INLINE_BYTES = 32 << 10;

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
