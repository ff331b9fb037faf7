package io.penstock.version;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.format.Digest;
import io.penstock.format.FragmentEntry;
import io.penstock.format.Page;
import io.penstock.format.PageRef;
import io.penstock.format.VersionRecord;
import java.util.List;

/// What a page amounts to: the sums that its ref carries, so that they can be made and checked.
///
/// @param level 0 for a page of fragments
/// @param fragments below it
/// @param rows below it
/// @param bytes stored below it
record PageSums(int level, long fragments, long rows, long bytes) {
  /// The sums of a page.
  static PageSums of(Page page) {
    return switch (page) {
      case Page.OfFragments leaf -> ofEntries(leaf.fragments());
      case Page.OfPages node -> {
        node.pages().forEach(below -> requireBelow(node.level(), below));
        yield of(node.pages(), node.level());
      }
    };
  }

  private static PageSums ofEntries(List<FragmentEntry> entries) {
    long rows = 0;
    long bytes = 0;
    for (FragmentEntry entry : entries) {
      rows = Math.addExact(rows, entry.rows());
      bytes = Math.addExact(bytes, entry.bytes());
    }
    return new PageSums(0, entries.size(), rows, bytes);
  }

  /// The sums of a version's whole list.
  static PageSums of(VersionRecord record) {
    PageSums paged = of(record.pages(), 0);
    PageSums inline = ofEntries(record.fragments());
    return new PageSums(
        0,
        Math.addExact(paged.fragments, inline.fragments),
        Math.addExact(paged.rows, inline.rows),
        Math.addExact(paged.bytes, inline.bytes));
  }

  private static PageSums of(List<PageRef> refs, int level) {
    long fragments = 0;
    long rows = 0;
    long bytes = 0;
    for (PageRef ref : refs) {
      fragments = Math.addExact(fragments, ref.fragments());
      rows = Math.addExact(rows, ref.rows());
      bytes = Math.addExact(bytes, ref.bytes());
    }
    return new PageSums(level, fragments, rows, bytes);
  }

  private static void requireBelow(int level, PageRef below) {
    if (level < 1 || below.level() != level - 1) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT,
          "page of level " + level + " names page " + below.id() + " of level " + below.level());
    }
  }

  /// A ref with these sums.
  PageRef ref(String id, Digest digest) {
    return new PageRef(id, level, fragments, rows, bytes, digest);
  }

  /// Returns the page if it is what its ref says.
  static Page requireSame(String key, PageRef ref, Page page) {
    PageSums found;
    try {
      found = of(page);
    } catch (CorruptDataException damaged) {
      throw damaged.in(key);
    } catch (ArithmeticException overflow) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT, key, "rows or bytes of the page add up to more than 2^63-1");
    }
    PageSums named = new PageSums(ref.level(), ref.fragments(), ref.rows(), ref.bytes());
    if (!found.equals(named)) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT, key, "page holds " + found + ", recorded as " + named);
    }
    return page;
  }
}
