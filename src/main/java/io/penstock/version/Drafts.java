package io.penstock.version;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.Digest;
import io.penstock.format.Digests;
import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.Operation;
import io.penstock.format.Schema;
import io.penstock.format.VersionRecord;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Makes the next record of a branch from its newest version. Pure but for the clock and the ids of
/// new pages; what is made is published by others. Thread-safe if its parts are.
final class Drafts {
  private final MetadataStore store;
  private final InstantSource clock;

  Drafts(MetadataStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /// A record that is ready to be published.
  static final class Draft {
    private final VersionRecord record;
    private final byte[] content;
    private final List<PageSpill.NewPage> pages;

    private Draft(VersionRecord record, byte[] content, List<PageSpill.NewPage> pages) {
      this.record = record;
      this.content = content;
      this.pages = pages;
    }

    /// What it says.
    VersionRecord record() {
      return record;
    }

    /// Its bytes, not a copy.
    byte[] content() {
      return content;
    }

    /// The pages that must be on the store before it.
    List<PageSpill.NewPage> pages() {
      return pages;
    }
  }

  /// What a record says of itself, whatever it does.
  ///
  /// @param branch that it goes to
  /// @param life of that branch
  /// @param commit id of the commit
  record Heading(String branch, long life, String commit) {}

  /// The first record of a dataset: no tensors, no samples.
  Draft create(Heading heading) {
    VersionRecord record =
        new VersionRecord(
            List.of(),
            heading.branch(),
            heading.life(),
            0,
            Optional.empty(),
            heading.commit(),
            now(),
            "",
            "",
            Map.of(),
            Optional.empty(),
            Operation.CREATE,
            Optional.empty(),
            Schema.EMPTY,
            0,
            0,
            List.of(),
            List.of(),
            List.of(),
            Digest.ZERO,
            Digests.content(Schema.EMPTY, Digest.ZERO));
    return new Draft(record, store.encode(record), List.of());
  }

  /// A record with the content of its parent.
  Draft unchanged(Heading heading, StoredVersion head, Operation operation, String message) {
    VersionRecord record =
        next(heading, head)
            .operation(operation, Optional.empty())
            .told("", message, Map.of(), Optional.empty())
            .record();
    return new Draft(record, store.encode(record), List.of());
  }

  /// The record behind the newest one, which does not say yet what it does.
  private VersionRecord.Copy next(Heading heading, StoredVersion head) {
    return head.record()
        .copy()
        .behind(head.link(), head.number() + 1, heading.branch(), heading.life())
        .committed(heading.commit(), notBefore(head.record().time()));
  }

  /// A record with more fragments behind those of its parent. The schemas were found to agree.
  ///
  /// @param pageIds fresh ids for pages
  /// @throws RefusedException `LIMIT_EXCEEDED` if no record of the size allowed can hold it
  Draft append(Heading heading, StoredVersion head, Append append, Supplier<String> pageIds) {
    VersionRecord parent = head.record();
    Placement placement = new Placement(parent, append.fragments());
    PageSpill spill = new PageSpill(store, pageIds, parent.pages(), parent.fragments());
    spill.append(placement.entries);
    Schema schema = parent.schema().tensors().isEmpty() ? append.schema() : parent.schema();
    VersionRecord wanted =
        next(heading, head)
            .operation(Operation.APPEND, Optional.empty())
            .told(append.author(), append.message(), append.metadata(), append.provenance())
            .samples(schema, placement.samples, placement.nextSampleId, placement.chain)
            .layouts(placement.layouts)
            .fragments(spill.pages(), spill.inline())
            .record();
    return fitting(wanted, spill);
  }

  /// Encodes a record; while it is too large, moves more of its list into pages.
  private Draft fitting(VersionRecord wanted, PageSpill spill) {
    VersionRecord record = wanted;
    while (true) {
      try {
        return new Draft(record, store.encode(record), spill.made());
      } catch (RefusedException refused) {
        if (refused.code() != ErrorCode.LIMIT_EXCEEDED || !spill.shrink()) {
          throw refused;
        }
        record = record.copy().fragments(spill.pages(), spill.inline()).record();
      }
    }
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  private Instant notBefore(Instant parent) {
    Instant now = now();
    return now.isBefore(parent) ? parent : now;
  }

  /// New fragments, placed behind those of a version: equal layouts shared, sample ids given, the
  /// chain of digests continued.
  private static final class Placement {
    private final List<Layout> layouts;
    private final List<FragmentEntry> entries = new ArrayList<>();
    private long samples;
    private long nextSampleId;
    private Digest chain;

    Placement(VersionRecord parent, List<Append.NewFragment> fragments) {
      layouts = new ArrayList<>(parent.layouts());
      samples = parent.samples();
      nextSampleId = parent.nextSampleId();
      chain = parent.chain();
      for (Append.NewFragment fragment : fragments) {
        place(fragment);
      }
    }

    private void place(Append.NewFragment fragment) {
      int layout = layouts.indexOf(fragment.layout());
      if (layout < 0) {
        layout = layouts.size();
        layouts.add(fragment.layout());
      }
      FragmentEntry entry = fragment.entry().placed(layout, nextSampleId);
      entries.add(entry);
      samples = Math.addExact(samples, entry.rows());
      nextSampleId = Math.addExact(nextSampleId, entry.rows());
      chain = Digests.chain(chain, entry.digest());
    }
  }
}
