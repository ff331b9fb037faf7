package io.penstock.version;

import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.format.Names;
import io.penstock.format.ObjectKeys;
import io.penstock.format.Operation;
import io.penstock.format.RefRecord;
import io.penstock.format.RootRecord;
import io.penstock.format.VersionLink;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/// Finds the newest version of a branch. Thread-safe.
///
/// Two waits for a branch that is met for the first time: refs 0 and 1 with the hint, then the
/// records that the hint names, n and n+1. One wait afterwards: what the branch meant and the
/// highest number seen are remembered, so that a look at the next ref, n and n+1 goes out at once.
/// Both the hint and the memory are only places to start from: n counts if n+1 is absent *now*,
/// otherwise the search gallops upwards. So no answer is older than the call.
final class Heads {
  /// No hint that names more is believed; far from where additions overflow.
  private static final long MOST_NUMBER = Long.MAX_VALUE >> 8;

  private final MetadataStore records;
  private final RefLog refs;
  private final Together together;
  private final Map<String, Known> known = new ConcurrentHashMap<>();

  /// What is remembered of a branch: its ref, and a number to start from.
  private record Known(RefRecord ref, long number) {}

  /// A branch and its newest version.
  ///
  /// @param ref what makes it a branch
  /// @param newest its last record; the version it began at if it has none
  record Head(RefRecord ref, StoredVersion newest) {
    /// Whether the branch has a record of its own.
    boolean started() {
      return newest.link().branch().equals(ref.name()) && newest.link().life() == ref.number();
    }

    /// Whether the branch has ended, although its name may still be there.
    boolean closed() {
      return started() && newest.record().operation() == Operation.CLOSE;
    }
  }

  Heads(MetadataStore records, RefLog refs, Together together) {
    this.records = records;
    this.refs = refs;
    this.together = together;
  }

  /// Reads root, refs and hint of `main` in one wait, and remembers what was found.
  ///
  /// @throws NotFoundException `DATASET_NOT_FOUND`
  RootRecord open() {
    List<String> keys = new ArrayList<>(List.of(ObjectKeys.ROOT));
    keys.addAll(beginningOf(VersionLog.MAIN));
    List<Optional<byte[]>> found = together.each(keys, records::bytes);
    RootRecord root =
        found
            .getFirst()
            .map(records::decodeRoot)
            .orElseThrow(() ->
                new NotFoundException(
                    ErrorCode.DATASET_NOT_FOUND,
                    "no dataset at " + records.uri() + ": it has no " + ObjectKeys.ROOT));
    Start main = start(VersionLog.MAIN, found.subList(1, found.size()));
    RefRecord ref =
        main.newest()
            .orElseThrow(() ->
                MetadataStore.missing(
                    ObjectKeys.ref(VersionLog.MAIN, 0), "every dataset has the branch main"));
    remember(ref, main.hint().orElse(0));
    return root;
  }

  /// The newest version of a branch that has not ended.
  ///
  /// @throws NotFoundException `VERSION_NOT_FOUND`
  Head latest(String branch) {
    Head head = find(branch);
    if (head.closed()) {
      throw new NotFoundException(
          ErrorCode.VERSION_NOT_FOUND,
          "branch \""
              + branch
              + "\" ended with "
              + head.newest()
              + "; its name is left over from a deletion that did not finish: delete it again");
    }
    return head;
  }

  /// The newest version of a branch, the record that ended it included.
  ///
  /// @throws NotFoundException `VERSION_NOT_FOUND` if the name is no branch
  Head find(String branch) {
    Names.check("branch", branch);
    Known start = known.get(branch);
    return start == null ? findNew(branch) : findKnown(branch, start);
  }

  /// Remembers a version that exists, as a place to start from.
  void remember(RefRecord ref, long number) {
    known.merge(ref.name(), new Known(ref, number), Heads::later);
  }

  /// Puts the hint of a version's branch.
  void hint(StoredVersion version) {
    records.putHint(version.link().branch(), version.link().life(), version.number());
  }

  /// The number of a branch's first own record.
  static long firstNumber(RefRecord branch) {
    return startOf(branch).map(start -> start.number() + 1).orElse(0L);
  }

  /// The version that a branch began at; empty for the first branch of a dataset.
  static Optional<VersionLink> startOf(RefRecord branch) {
    return switch (branch.meaning()) {
      case RefRecord.Branch meaning -> meaning.start();
      case RefRecord.Tag _, RefRecord.Deleted _ -> Optional.empty();
    };
  }

  private static Known later(Known one, Known other) {
    if (one.ref().number() != other.ref().number()) {
      return one.ref().number() > other.ref().number() ? one : other;
    }
    return one.number() > other.number() ? one : other;
  }

  private Head findNew(String branch) {
    Start start = start(branch, together.each(beginningOf(branch), records::bytes));
    RefRecord ref = RefLog.requireBranch(branch, start.newest());
    OptionalLong hint = start.hint();
    if (ref.number() > 0) {
      String key = ObjectKeys.hint(branch, ref.number());
      hint = hint(key, records.bytes(key));
    }
    return head(ref, hint.orElse(0));
  }

  /// What the first wait for a branch finds.
  private record Start(Optional<RefRecord> newest, OptionalLong hint) {}

  private static List<String> beginningOf(String branch) {
    return List.of(
        ObjectKeys.ref(branch, 0), ObjectKeys.ref(branch, 1), ObjectKeys.hint(branch, 0));
  }

  private Start start(String branch, List<Optional<byte[]>> found) {
    List<String> keys = beginningOf(branch);
    Optional<RefRecord> zero = found.get(0).map(content -> records.decodeRef(keys.get(0), content));
    Optional<RefRecord> one = found.get(1).map(content -> records.decodeRef(keys.get(1), content));
    return new Start(refs.newest(branch, zero, one), hint(keys.get(2), found.get(2)));
  }

  private OptionalLong hint(String key, Optional<byte[]> content) {
    return content.isPresent() ? records.decodeHint(key, content.get()) : OptionalLong.empty();
  }

  private Head findKnown(String branch, Known start) {
    RefRecord ref = start.ref();
    long number = plausible(ref, start.number());
    List<String> keys =
        List.of(
            ObjectKeys.ref(branch, ref.number() + 1),
            ObjectKeys.version(branch, ref.number(), number),
            ObjectKeys.version(branch, ref.number(), number + 1));
    List<Optional<byte[]>> found = together.each(keys, records::bytes);
    if (found.getFirst().isPresent()) {
      known.remove(branch, start);
      return findNew(branch);
    }
    return head(
        ref, number, version(keys.get(1), found.get(1)), version(keys.get(2), found.get(2)));
  }

  private Head head(RefRecord ref, long hint) {
    long number = plausible(ref, hint);
    List<String> keys =
        List.of(
            ObjectKeys.version(ref.name(), ref.number(), number),
            ObjectKeys.version(ref.name(), ref.number(), number + 1));
    List<Optional<byte[]>> found = together.each(keys, records::bytes);
    return head(
        ref, number, version(keys.get(0), found.get(0)), version(keys.get(1), found.get(1)));
  }

  /// The head, from what is at `number` and behind it.
  private Head head(
      RefRecord ref, long number, Optional<StoredVersion> at, Optional<StoredVersion> behind) {
    Head head;
    if (behind.isPresent()) {
      head = new Head(ref, gallop(ref, number + 1, behind.get()));
    } else if (at.isPresent()) {
      head = new Head(ref, at.get());
    } else if (number > firstNumber(ref)) {
      head = head(ref, firstNumber(ref));
    } else {
      head = new Head(ref, beforeFirst(ref));
    }
    remember(ref, Math.max(head.newest().number(), firstNumber(ref)));
    return head;
  }

  private StoredVersion gallop(RefRecord ref, long number, StoredVersion existing) {
    return Gallop.last(number, existing, probe -> records.version(ref.name(), ref.number(), probe));
  }

  private StoredVersion beforeFirst(RefRecord ref) {
    VersionLink start =
        startOf(ref)
            .orElseThrow(() ->
                MetadataStore.missing(
                    ObjectKeys.version(ref.name(), ref.number(), 0),
                    "it is the first version of the dataset"));
    return records.version(start);
  }

  private static long plausible(RefRecord ref, long number) {
    long first = firstNumber(ref);
    return number < first || number > MOST_NUMBER ? first : number;
  }

  private Optional<StoredVersion> version(String key, Optional<byte[]> content) {
    return content.map(bytes -> records.decodeVersion(key, bytes));
  }
}
