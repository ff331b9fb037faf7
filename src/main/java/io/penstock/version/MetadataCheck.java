package io.penstock.version;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.format.ObjectKeys;
import io.penstock.format.RefRecord;
import io.penstock.format.RootRecord;
import io.penstock.format.VersionLink;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Reads the metadata of a dataset and notes what is wrong with it. One thread.
///
/// Damage never ends the check: behind a version that cannot be read, the walk goes on with the
/// number before it. A store that fails does end it, since that says nothing about the dataset.
final class MetadataCheck {
  private final MetadataStore records;
  private final RefLog refs;
  private final Set<String> checked = new HashSet<>();
  private final Set<String> counted = new HashSet<>();
  private final List<MetadataReport.Problem> problems = new ArrayList<>();
  private long bytes;

  MetadataCheck(MetadataStore records, RefLog refs) {
    this.records = records;
    this.refs = refs;
  }

  /// What was found so far.
  MetadataReport report() {
    return new MetadataReport(counted.size(), bytes, problems);
  }

  /// Checks the root.
  void root() {
    Optional<RootRecord> root = read(ObjectKeys.ROOT, "the dataset", records::decodeRoot);
    if (root.isEmpty() && problems.isEmpty()) {
      missing(ObjectKeys.ROOT, "the dataset cannot be opened");
    }
  }

  /// Checks every ref of every name.
  ///
  /// @return the newest readable ref of each name that means something
  List<RefRecord> names() {
    List<RefRecord> live = new ArrayList<>();
    for (String name : refs.names()) {
      name(name).filter(RefLog::live).ifPresent(live::add);
    }
    return live;
  }

  private Optional<RefRecord> name(String name) {
    Optional<RefRecord> newest = Optional.empty();
    for (long number = 0; ; number++) {
      String key = ObjectKeys.ref(name, number);
      int before = problems.size();
      Optional<RefRecord> ref =
          read(key, "what \"" + name + "\" means", content -> records.decodeRef(key, content));
      if (ref.isEmpty() && problems.size() == before) {
        if (number == 0) {
          missing(key, "\"" + name + "\" means nothing");
        }
        return newest;
      }
      newest = ref.isPresent() ? ref : newest;
    }
  }

  /// Checks the versions behind a name.
  void head(RefRecord ref, long depth) {
    switch (ref.meaning()) {
      case RefRecord.Tag tag -> version(tag.target(), depth);
      case RefRecord.Branch _ -> branch(ref, depth);
      case RefRecord.Deleted _ -> {}
    }
  }

  private void branch(RefRecord ref, long depth) {
    String hint = ObjectKeys.hint(ref.name(), ref.number());
    read(
        hint,
        "only how fast branch \"" + ref.name() + "\" is opened",
        content -> records.requireHint(hint, content));
    long first = Heads.firstNumber(ref);
    if (!exists(ref, first)) {
      Heads.startOf(ref)
          .ifPresentOrElse(
              start -> version(start, depth),
              () -> missing(keyOf(ref, first), "it is the first version of the dataset"));
      return;
    }
    long last =
        Gallop.last(
            first,
            first,
            number -> exists(ref, number) ? Optional.of(number) : Optional.<Long>empty());
    walk(new Place(ref.name(), ref.number(), last, Optional.empty()), depth);
  }

  /// Checks a version and those before it.
  ///
  /// @param depth how many, itself included
  void version(VersionLink link, long depth) {
    walk(new Place(link), depth);
  }

  /// Where a version should be.
  ///
  /// @param link what it must be, unless the version that would tell is unreadable
  private record Place(String branch, long life, long number, Optional<VersionLink> link) {
    Place(VersionLink link) {
      this(link.branch(), link.life(), link.number(), Optional.of(link));
    }

    String key() {
      return ObjectKeys.version(branch, life, number);
    }

    @Override
    public String toString() {
      return branch + ":" + number;
    }
  }

  private void walk(Place newest, long depth) {
    VersionCheck version = new VersionCheck(this, records);
    Optional<Place> next = Optional.of(newest);
    for (long left = depth; left > 0 && next.isPresent(); left--) {
      Place place = next.get();
      if (!checked.add(place.key())) {
        return;
      }
      Optional<StoredVersion> found = read(place);
      found.ifPresent(version::check);
      next = found.isPresent() ? parentOf(found.get()) : before(place);
    }
  }

  private Optional<StoredVersion> read(Place place) {
    int before = problems.size();
    String affected = "version " + place + ", and every later one by its history";
    Optional<StoredVersion> found =
        read(place.key(), affected, content -> records.decodeVersion(place.key(), content));
    if (found.isEmpty() && problems.size() == before) {
      missing(place.key(), "it is " + affected);
    }
    if (found.isPresent() && place.link().isPresent()) {
      note(place.key(), affected, () -> MetadataStore.requireSame(place.link().get(), found.get()));
    }
    return found;
  }

  private static Optional<Place> parentOf(StoredVersion version) {
    return version.record().parent().map(Place::new);
  }

  /// The version before one that cannot be read: the number before, or where its branch began.
  private Optional<Place> before(Place place) {
    try {
      Optional<RefRecord> ref = records.ref(place.branch(), place.life());
      if (ref.isPresent() && place.number() <= Heads.firstNumber(ref.get())) {
        return Heads.startOf(ref.get()).map(Place::new);
      }
    } catch (CorruptDataException _) {
      // The check of the names reports it. Without it, the number before is the best guess.
    }
    return place.number() == 0
        ? Optional.empty()
        : Optional.of(
            new Place(place.branch(), place.life(), place.number() - 1, Optional.empty()));
  }

  private boolean exists(RefRecord ref, long number) {
    return records.exists(keyOf(ref, number));
  }

  private static String keyOf(RefRecord ref, long number) {
    return ObjectKeys.version(ref.name(), ref.number(), number);
  }

  /// Reads an object. Empty if it is absent, which the caller judges, or damaged, which is noted.
  <T> Optional<T> read(String key, String affected, Function<byte[], T> decode) {
    try {
      Optional<byte[]> content = records.bytes(key);
      if (content.isEmpty()) {
        return Optional.empty();
      }
      if (counted.add(key)) {
        bytes += content.get().length;
      }
      return Optional.of(decode.apply(content.get()));
    } catch (PenstockException failure) {
      noteDamage(key, affected, failure);
      return Optional.empty();
    }
  }

  /// Runs a check and notes what it throws.
  void note(String key, String affected, Runnable check) {
    try {
      check.run();
    } catch (PenstockException failure) {
      noteDamage(key, affected, failure);
    }
  }

  /// Notes that an object is not there.
  void missing(String key, String why) {
    problems.add(
        new MetadataReport.Problem(
            ErrorCode.DATA_MISSING.id(), key, "object " + key + " is missing: " + why));
  }

  /// Notes that an object says what cannot be.
  void wrong(String key, String message) {
    problems.add(
        new MetadataReport.Problem(
            ErrorCode.METADATA_CORRUPT.id(), key, "object " + key + ": " + message));
  }

  private void noteDamage(String key, String affected, PenstockException failure) {
    boolean damage =
        switch (failure) {
          case CorruptDataException _ -> true;
          case NotFoundException _ -> true;
          case RefusedException refused -> refused.code() == ErrorCode.LIMIT_EXCEEDED;
          case io.penstock.error.ConflictException _,
              io.penstock.error.OutcomeUnknownException _,
              io.penstock.error.TransientException _ ->
              false;
        };
    if (!damage) {
      throw failure;
    }
    problems.add(
        new MetadataReport.Problem(
            failure.code().id(), key, failure.getMessage() + "; affects " + affected));
  }
}
