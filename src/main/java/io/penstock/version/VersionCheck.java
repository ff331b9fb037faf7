package io.penstock.version;

import io.penstock.format.Digest;
import io.penstock.format.Digests;
import io.penstock.format.FragmentEntry;
import io.penstock.format.ObjectKeys;
import io.penstock.format.Page;
import io.penstock.format.PageRef;
import io.penstock.format.VersionRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Checks what versions of one history say, newest first: their fragment lists, their digests, and
/// that each goes on from the one before. One thread.
///
/// Pages are shared between versions and read once. A version's fragment list is mostly a beginning
/// of its child's, so the chain of digests is computed once along the child's list, and the older
/// version's chain is looked up at its number of fragments.
final class VersionCheck {
  private final MetadataCheck check;
  private final MetadataStore records;
  private final Set<String> pagesRead = new HashSet<>();
  private Optional<StoredVersion> child = Optional.empty();
  private Map<Long, Digest> chains = new HashMap<>();

  VersionCheck(MetadataCheck check, MetadataStore records) {
    this.check = check;
    this.records = records;
  }

  /// Checks a version, the parent of the one that was checked before.
  void check(StoredVersion version) {
    VersionRecord record = version.record();
    Optional<StoredVersion> younger = child.filter(above -> follows(above, version));
    younger.ifPresent(above -> succession(version, above));
    if (younger.isEmpty() || !keepsList(younger.get())) {
      chains = chainsOf(version);
    } else {
      readPages(version, record.pages(), 0);
    }
    child = Optional.of(version);
    digests(version);
  }

  private static boolean follows(StoredVersion younger, StoredVersion version) {
    return younger.record().parent().equals(Optional.of(version.link()));
  }

  private static boolean keepsList(StoredVersion version) {
    return switch (version.record().operation()) {
      case APPEND, EMPTY, FENCE, CLOSE -> true;
      case CREATE, DELETE, ADD_TENSOR, REPLACE, COMPACT, RESTORE -> false;
    };
  }

  private void succession(StoredVersion version, StoredVersion younger) {
    String key = MetadataStore.keyOf(younger.link());
    VersionRecord before = version.record();
    VersionRecord after = younger.record();
    if (younger.number() != version.number() + 1) {
      check.wrong(key, "follows version " + version);
    }
    if (after.time().isBefore(before.time())) {
      check.wrong(key, "time " + after.time() + " is before its parent's, " + before.time());
    }
    if (after.nextSampleId() < before.nextSampleId()) {
      check.wrong(
          key,
          "next sample id "
              + after.nextSampleId()
              + " is less than its parent's, "
              + before.nextSampleId());
    }
  }

  private void digests(StoredVersion version) {
    String key = MetadataStore.keyOf(version.link());
    VersionRecord record = version.record();
    Digest content = Digests.content(record.schema(), record.chain());
    if (!content.equals(record.content())) {
      check.wrong(
          key, "content digest is " + record.content().hex() + ", computed " + content.hex());
    }
    Digest chain = chains.get(PageSums.of(record).fragments());
    if (!chains.isEmpty() && !record.chain().equals(chain)) {
      check.wrong(
          key, "chain of fragment digests is " + record.chain().hex() + ", computed " + chain);
    }
  }

  /// Reads a whole list and checks its entries.
  ///
  /// @return the chain of digests after each number of fragments; nothing if a page is damaged
  private Map<Long, Digest> chainsOf(StoredVersion version) {
    pagesRead.clear();
    int intact = check.report().problems().size();
    List<FragmentEntry> entries = readPages(version, version.record().pages(), 0);
    if (check.report().problems().size() > intact) {
      return Map.of();
    }
    entries.addAll(version.record().fragments());
    Map<Long, Digest> computed = new HashMap<>();
    Digest chain = Digest.ZERO;
    computed.put(0L, chain);
    long nextId = 0;
    for (FragmentEntry entry : entries) {
      entry(version, entry, nextId);
      nextId = entry.firstSampleId() + entry.rows();
      chain = Digests.chain(chain, entry.digest());
      computed.put((long) computed.size(), chain);
    }
    return computed;
  }

  private void entry(StoredVersion version, FragmentEntry entry, long nextId) {
    VersionRecord record = version.record();
    String key = MetadataStore.keyOf(version.link());
    if (entry.firstSampleId() < nextId
        || entry.firstSampleId() + entry.rows() > record.nextSampleId()) {
      check.wrong(
          key,
          "fragment "
              + entry.id()
              + " has sample ids from "
              + entry.firstSampleId()
              + ", expected at least "
              + nextId
              + " and an end up to "
              + record.nextSampleId());
    }
    if (entry.layout() < 0 || entry.layout() >= record.layouts().size()) {
      check.wrong(key, "fragment " + entry.id() + " has layout " + entry.layout() + ", unknown");
    }
  }

  /// Reads the pages that were not read yet, and those below them.
  ///
  /// @param firstSample position in the version of the first sample below the first ref
  private List<FragmentEntry> readPages(
      StoredVersion version, List<PageRef> refs, long firstSample) {
    List<FragmentEntry> entries = new ArrayList<>();
    long from = firstSample;
    for (PageRef ref : refs) {
      if (pagesRead.add(ref.id())) {
        String affected = "samples " + from + " to " + (from + ref.rows()) + " of " + version;
        entries.addAll(readPage(version, ref, from, affected));
      }
      from += ref.rows();
    }
    return entries;
  }

  private List<FragmentEntry> readPage(
      StoredVersion version, PageRef ref, long from, String affected) {
    String key = ObjectKeys.page(ref.id());
    int before = check.report().problems().size();
    Optional<Page> page = check.read(key, affected, content -> records.decodePage(ref, content));
    if (page.isEmpty()) {
      if (check.report().problems().size() == before) {
        check.missing(key, "it lists " + affected);
      }
      return List.of();
    }
    return switch (page.get()) {
      case Page.OfFragments leaf -> leaf.fragments();
      case Page.OfPages node -> readPages(version, node.pages(), from);
    };
  }
}
