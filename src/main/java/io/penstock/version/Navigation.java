package io.penstock.version;

import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.format.ObjectKeys;
import io.penstock.format.Operation;
import io.penstock.format.RefRecord;
import io.penstock.format.VersionLink;
import java.time.Instant;
import java.util.Optional;

/// Finds versions by number and by time, across the points where branches began. Thread-safe.
final class Navigation {
  private final MetadataStore records;
  private final Heads heads;
  private final RefLog refs;

  Navigation(MetadataStore records, Heads heads, RefLog refs) {
    this.records = records;
    this.heads = heads;
    this.refs = refs;
  }

  /// A version by its number.
  ///
  /// @throws NotFoundException `VERSION_NOT_FOUND`
  StoredVersion at(String branch, long number) {
    RefRecord life = lifeOf(refs.branch(branch), number);
    Optional<StoredVersion> found =
        number < 0 ? Optional.empty() : records.version(life.name(), life.number(), number);
    return found
        .filter(version -> version.record().operation() != Operation.CLOSE)
        .orElseThrow(() -> notFound("version " + branch + ":" + number + " does not exist"));
  }

  /// The newest version of a branch's history that is not younger than a time. Times never fall
  /// along a history, so bisection finds it.
  ///
  /// @throws NotFoundException `VERSION_NOT_FOUND`
  StoredVersion asOf(String branch, Instant time) {
    Heads.Head head = heads.latest(branch);
    StoredVersion newest = head.newest();
    if (!newest.record().time().isAfter(time)) {
      return newest;
    }
    RefRecord life = head.ref();
    long high = newest.number();
    while (true) {
      long first = Heads.firstNumber(life);
      Optional<VersionLink> start = Heads.startOf(life);
      Optional<StoredVersion> found = lastUntil(time, life, first, high);
      if (found.isPresent()) {
        return found.get();
      }
      if (start.isEmpty()) {
        throw notFound("branch \"" + branch + "\" has no version as old as " + time);
      }
      high = start.get().number() + 1;
      life = lifeOf(start.get());
    }
  }

  /// The last version of one life from `first` to `high` (exclusive) that is not younger.
  private Optional<StoredVersion> lastUntil(Instant time, RefRecord life, long first, long high) {
    Optional<StoredVersion> found = Optional.empty();
    long low = first;
    long end = high;
    while (low < end) {
      long middle = (low + end) >>> 1;
      StoredVersion version = require(life, middle);
      if (version.record().time().isAfter(time)) {
        end = middle;
      } else {
        found = Optional.of(version);
        low = middle + 1;
      }
    }
    return found;
  }

  private StoredVersion require(RefRecord life, long number) {
    return records
        .version(life.name(), life.number(), number)
        .orElseThrow(() ->
            MetadataStore.missing(
                ObjectKeys.version(life.name(), life.number(), number), "a later version exists"));
  }

  /// The life that a number belongs to, seen from one that it may lie before.
  private RefRecord lifeOf(RefRecord branch, long number) {
    RefRecord life = branch;
    Optional<VersionLink> start = Heads.startOf(life);
    while (start.isPresent() && number <= start.get().number()) {
      life = lifeOf(start.get());
      start = Heads.startOf(life);
    }
    return life;
  }

  private RefRecord lifeOf(VersionLink link) {
    return records
        .ref(link.branch(), link.life())
        .orElseThrow(() ->
            MetadataStore.missing(
                ObjectKeys.ref(link.branch(), link.life()), "a branch began at " + link));
  }

  private static NotFoundException notFound(String what) {
    return new NotFoundException(ErrorCode.VERSION_NOT_FOUND, what);
  }
}
