package io.penstock.version;

import io.penstock.format.Digest;
import io.penstock.format.FragmentEntry;
import io.penstock.format.Page;
import io.penstock.format.PageRef;
import io.penstock.format.Records;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// A fragment list in the making: moves older entries into pages, so that a record stays small
/// however many fragments its version has. One thread.
///
/// The newest entries stay in the record, up to 64 of them and 32 KiB. Beyond that the oldest ones
/// go into a page of up to 64. Pages of one level that have become 64 go into one page of the next
/// level. So a dataset of n fragments has at most 63 page refs for each of log₆₄ n levels, and an
/// append writes on average little more than its own entries.
final class PageSpill {
  /// The most entries of a page, and of a record.
  static final int FANOUT = Page.MAX_ENTRIES;

  private final MetadataStore store;
  private final Records records = Records.standard();
  private final Supplier<String> ids;
  private final List<PageRef> pages;
  private final List<FragmentEntry> inline;
  private final List<NewPage> made = new ArrayList<>();

  /// A page that must be on the store before the record that names it.
  static final class NewPage {
    private final String id;
    private final byte[] content;

    NewPage(String id, byte[] content) {
      this.id = id;
      this.content = content;
    }

    String id() {
      return id;
    }

    byte[] content() {
      return content;
    }
  }

  /// A list that goes on from these pages and entries.
  ///
  /// @param ids fresh ids for pages
  PageSpill(
      MetadataStore store, Supplier<String> ids, List<PageRef> pages, List<FragmentEntry> inline) {
    this.store = store;
    this.ids = ids;
    this.pages = new ArrayList<>(pages);
    this.inline = new ArrayList<>(inline);
  }

  /// Adds entries at the end and spills what no longer fits.
  void append(List<FragmentEntry> entries) {
    inline.addAll(entries);
    long bytes = encodedBytes(inline);
    int spilled = 0;
    while (inline.size() - spilled > FANOUT || bytes > Page.MAX_INLINE_BYTES) {
      int end = Math.min(spilled + FANOUT, inline.size());
      List<FragmentEntry> oldest = inline.subList(spilled, end);
      spill(oldest);
      bytes -= encodedBytes(oldest);
      spilled = end;
    }
    inline.subList(0, spilled).clear();
  }

  private long encodedBytes(List<FragmentEntry> entries) {
    long bytes = 0;
    for (FragmentEntry entry : entries) {
      bytes += records.encodedBytes(entry);
    }
    return bytes;
  }

  /// Makes the list take less room in its record, for one that is too large all the same: spills
  /// all entries, or joins the pages of the level that has the most.
  ///
  /// @return false if nothing is left that could be moved
  boolean shrink() {
    if (!inline.isEmpty()) {
      spill(inline);
      inline.clear();
      return true;
    }
    int most = -1;
    for (int level = 0; !pages.isEmpty() && level <= pages.getFirst().level(); level++) {
      most = most < 0 || countOf(level) > countOf(most) ? level : most;
    }
    if (most < 0 || countOf(most) < 2) {
      return false;
    }
    join(most);
    return true;
  }

  /// The pages of the list as it is now, oldest first.
  List<PageRef> pages() {
    return List.copyOf(pages);
  }

  /// The entries that stay in the record, behind those of the pages.
  List<FragmentEntry> inline() {
    return List.copyOf(inline);
  }

  /// The pages that were made, to be put before the record.
  List<NewPage> made() {
    return List.copyOf(made);
  }

  private void spill(List<FragmentEntry> oldest) {
    pages.add(make(new Page.OfFragments(oldest)));
    for (int level = 0; countOf(level) >= FANOUT; level++) {
      join(level);
    }
  }

  private void join(int level) {
    int from = 0;
    while (pages.get(from).level() != level) {
      from++;
    }
    List<PageRef> joined = pages.subList(from, from + countOf(level));
    PageRef above = make(new Page.OfPages(level + 1, joined));
    joined.clear();
    pages.add(from, above);
  }

  private int countOf(int level) {
    return Math.toIntExact(pages.stream().filter(page -> page.level() == level).count());
  }

  private PageRef make(Page page) {
    String id = ids.get();
    byte[] content = store.encode(id, page);
    made.add(new NewPage(id, content));
    return PageSums.of(page).ref(id, Digest.sha256(content));
  }
}
