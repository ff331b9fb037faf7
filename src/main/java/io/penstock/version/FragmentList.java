package io.penstock.version;

import io.penstock.format.FragmentEntry;
import io.penstock.format.Page;
import io.penstock.format.PageRef;
import io.penstock.format.VersionRecord;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/// Reads the fragment list of a version: its pages, then the entries in the record itself. Pages
/// may name pages; those of one level are read together, so the number of waits is the number of
/// levels and does not depend on the number of fragments. Thread-safe.
final class FragmentList {
  private final MetadataStore store;
  private final Together together;

  FragmentList(MetadataStore store, Together together) {
    this.store = store;
    this.together = together;
  }

  /// All entries, oldest first.
  List<FragmentEntry> read(VersionRecord record) {
    List<PageRef> refs = record.pages();
    int level = highest(refs);
    while (level > 0) {
      refs = expand(refs, level);
      level = highest(refs);
    }
    List<FragmentEntry> entries = new ArrayList<>();
    for (Page page : together.each(refs, store::page)) {
      switch (page) {
        case Page.OfFragments leaf -> entries.addAll(leaf.fragments());
        case Page.OfPages _ -> throw new AssertionError("a page of level 0 names pages");
      }
    }
    entries.addAll(record.fragments());
    return entries;
  }

  /// The refs, with every page of this level replaced by what it names: pages of one level less.
  private List<PageRef> expand(List<PageRef> refs, int level) {
    List<PageRef> upper = refs.stream().filter(ref -> ref.level() == level).toList();
    Iterator<Page> pages = together.each(upper, store::page).iterator();
    List<PageRef> expanded = new ArrayList<>();
    for (PageRef ref : refs) {
      if (ref.level() < level) {
        expanded.add(ref);
        continue;
      }
      switch (pages.next()) {
        case Page.OfPages node -> expanded.addAll(node.pages());
        case Page.OfFragments _ ->
            throw new AssertionError("a page of level " + level + " is a leaf");
      }
    }
    return expanded;
  }

  private static int highest(List<PageRef> refs) {
    return refs.stream().mapToInt(PageRef::level).max().orElse(0);
  }
}
