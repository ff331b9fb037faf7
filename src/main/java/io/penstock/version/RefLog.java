package io.penstock.version;

import io.penstock.error.ConflictException;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.TransientException;
import io.penstock.format.Names;
import io.penstock.format.ObjectKeys;
import io.penstock.format.RefRecord;
import io.penstock.store.Store;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/// What names mean. Refs of a name are numbered from 0 and created once; the highest counts, so
/// changing a meaning is creating the next number. Thread-safe.
final class RefLog {
  private final Store store;
  private final MetadataStore records;
  private final Publication publication;
  private final Together together;
  private final Clock clock;

  RefLog(
      Store store, MetadataStore records, Publication publication, Together together, Clock clock) {
    this.store = store;
    this.records = records;
    this.publication = publication;
    this.together = together;
    this.clock = clock;
  }

  /// The newest ref of a name, a deletion included; empty if the name was never used. One wait for
  /// a name that was never made again.
  Optional<RefRecord> newest(String name) {
    List<Optional<RefRecord>> first =
        together.all(
            List.<Supplier<Optional<RefRecord>>>of(
                () -> records.ref(name, 0), () -> records.ref(name, 1)));
    return newest(name, first.get(0), first.get(1));
  }

  /// The newest ref of a name whose first two were looked for already.
  Optional<RefRecord> newest(String name, Optional<RefRecord> zero, Optional<RefRecord> one) {
    if (one.isEmpty()) {
      return zero;
    }
    LongFunction<Optional<RefRecord>> probe = number -> records.ref(name, number);
    return Optional.of(Gallop.last(1, one.get(), probe));
  }

  /// The newest ref of a name that means something.
  Optional<RefRecord> find(String name) {
    return newest(name).filter(RefLog::live);
  }

  /// The newest ref of a name, which must be a branch.
  ///
  /// @throws NotFoundException `VERSION_NOT_FOUND`
  RefRecord branch(String name) {
    return requireBranch(name, newest(name));
  }

  /// Returns the ref if it is a branch.
  static RefRecord requireBranch(String name, Optional<RefRecord> newest) {
    String what =
        switch (newest.map(RefRecord::meaning).orElse(null)) {
          case RefRecord.Branch _ -> "";
          case RefRecord.Tag _ -> "is a tag, not a branch";
          case RefRecord.Deleted _ -> "was deleted";
          case null -> "does not exist";
        };
    if (!what.isEmpty()) {
      throw new NotFoundException(ErrorCode.VERSION_NOT_FOUND, "branch \"" + name + "\" " + what);
    }
    return newest.orElseThrow();
  }

  /// All refs that mean something, in order of their names. The listing only tells names; what they
  /// mean is read.
  List<RefRecord> all() {
    List<RefRecord> live = new ArrayList<>();
    for (Optional<RefRecord> ref : together.each(names(), this::find)) {
      ref.ifPresent(live::add);
    }
    return live;
  }

  /// The names that were ever used, as far as the listing tells, in order; `main` in any case.
  List<String> names() {
    TreeSet<String> names = new TreeSet<>(List.of(VersionLog.MAIN));
    for (String directory : store.listDirectories(ObjectKeys.refs())) {
      String name = directory.substring(0, directory.length() - 1);
      if (Names.valid(name)) {
        names.add(name);
      }
    }
    return List.copyOf(names);
  }

  /// Gives a free name a meaning.
  ///
  /// @throws ConflictException `NAME_EXISTS` if it has one
  RefRecord create(String name, RefRecord.Meaning meaning) {
    Optional<RefRecord> newest = newest(name);
    requireFree(newest);
    long number = newest.map(ref -> ref.number() + 1).orElse(0L);
    RefRecord wanted = ref(name, number, meaning);
    RefRecord found = publish(wanted);
    if (!found.equals(wanted)) {
      requireFree(Optional.of(found));
      throw new ConflictException(
          ErrorCode.PRECONDITION_FAILED,
          "name \"" + name + "\" was made and deleted meanwhile; try again");
    }
    return found;
  }

  /// Takes a name's meaning away. Somebody else's deletion does as well.
  void delete(RefRecord current) {
    publish(ref(current.name(), current.number() + 1, new RefRecord.Deleted()));
  }

  /// Creates the ref unless its number is taken, and returns what is there.
  RefRecord publish(RefRecord wanted) {
    String key = ObjectKeys.ref(wanted.name(), wanted.number());
    return switch (publication.publish(key, records.encode(wanted))) {
      case Publication.Result.Created _ -> wanted;
      case Publication.Result.Found found -> records.decodeRef(key, found.content());
      case Publication.Result.Doubtful doubtful ->
          throw new TransientException(
              ErrorCode.OUTCOME_UNKNOWN,
              "ref "
                  + wanted.name()
                  + " may or may not have been changed, look again: "
                  + doubtful.reason());
    };
  }

  /// A ref made now.
  RefRecord ref(String name, long number, RefRecord.Meaning meaning) {
    return new RefRecord(name, number, clock.instant().truncatedTo(ChronoUnit.MILLIS), meaning);
  }

  /// Whether a ref means something.
  static boolean live(RefRecord ref) {
    return switch (ref.meaning()) {
      case RefRecord.Branch _, RefRecord.Tag _ -> true;
      case RefRecord.Deleted _ -> false;
    };
  }

  private static void requireFree(Optional<RefRecord> newest) {
    if (newest.isPresent() && live(newest.get())) {
      String kind = newest.get().meaning() instanceof RefRecord.Tag ? "tag" : "branch";
      throw new ConflictException(
          ErrorCode.NAME_EXISTS, "name \"" + newest.get().name() + "\" is a " + kind + " already");
    }
  }
}
