package io.penstock.version;

import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.OutcomeUnknownException;
import io.penstock.error.RefusedException;
import io.penstock.format.Names;
import io.penstock.format.Operation;
import io.penstock.format.RefRecord;
import io.penstock.format.VersionLink;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Makes and ends branches and tags, and ends doubts. Thread-safe.
///
/// A branch ends in two steps: a record that closes it, behind which no number is valid, so that a
/// writer who slept cannot commit to it; then a ref that takes the name's meaning away. A name that
/// is made again begins a new life with keys of its own.
final class Branches {
  private final MetadataStore records;
  private final Heads heads;
  private final RefLog refs;
  private final Committer committer;
  private final Drafts drafts;
  private final Together together;
  private final Ids ids;

  Branches(
      MetadataStore records,
      Heads heads,
      RefLog refs,
      Committer committer,
      Drafts drafts,
      Together together,
      Ids ids) {
    this.records = records;
    this.heads = heads;
    this.refs = refs;
    this.committer = committer;
    this.drafts = drafts;
    this.together = together;
    this.ids = ids;
  }

  /// Makes a branch.
  RefRecord create(String name, VersionLink start) {
    Names.check("branch", name);
    records.version(start);
    finishDeletion(name);
    return refs.create(name, new RefRecord.Branch(Optional.of(start)));
  }

  /// Makes a tag.
  RefRecord createTag(String name, VersionLink target) {
    Names.check("tag", name);
    records.version(target);
    return refs.create(name, new RefRecord.Tag(target));
  }

  /// Ends a branch.
  void delete(String name) {
    Names.check("branch", name);
    if (name.equals(VersionLog.MAIN)) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "branch \"main\" cannot be deleted: every dataset has it");
    }
    Heads.Head head = heads.find(name);
    if (!head.closed()) {
      close(head);
    }
    refs.delete(head.ref());
  }

  /// Deletes a tag.
  void deleteTag(String name) {
    Names.check("tag", name);
    Optional<RefRecord> ref = refs.find(name);
    if (ref.isEmpty() || !(ref.get().meaning() instanceof RefRecord.Tag)) {
      throw new NotFoundException(
          ErrorCode.VERSION_NOT_FOUND, "tag \"" + name + "\" does not exist");
    }
    refs.delete(ref.get());
  }

  /// Finds out what became of a commit, and sees to it that nothing more can.
  Resolution resolve(String branch, long number, String commitId) {
    Names.check("branch", branch);
    RefRecord newest =
        refs.newest(branch)
            .orElseThrow(() ->
                new NotFoundException(
                    ErrorCode.VERSION_NOT_FOUND, "branch \"" + branch + "\" does not exist"));
    List<StoredVersion> taken = taken(newest, number);
    for (StoredVersion version : taken) {
      if (version.record().commit().equals(commitId)) {
        return new Resolution.Applied(version);
      }
    }
    if (newest.meaning() instanceof RefRecord.Branch && !inLife(taken, newest)) {
      return occupy(newest, number, commitId);
    }
    if (taken.isEmpty()) {
      throw new NotFoundException(
          ErrorCode.VERSION_NOT_FOUND,
          "version " + branch + ":" + number + " never was, in no life of the branch");
    }
    return new Resolution.NotApplied(taken.getLast());
  }

  /// What has the number, in each life of the name, oldest first.
  private List<StoredVersion> taken(RefRecord newest, long number) {
    List<Long> lives = new ArrayList<>();
    for (long life = 0; life <= newest.number(); life++) {
      lives.add(life);
    }
    List<StoredVersion> taken = new ArrayList<>();
    for (Optional<StoredVersion> found :
        together.each(lives, life -> records.version(newest.name(), life, number))) {
      found.ifPresent(taken::add);
    }
    return taken;
  }

  private static boolean inLife(List<StoredVersion> taken, RefRecord life) {
    return !taken.isEmpty() && taken.getLast().link().life() == life.number();
  }

  private Resolution occupy(RefRecord life, long number, String commitId) {
    StoredVersion before = before(life, number);
    String message = "occupies the number of a commit that was in doubt";
    Drafts.Heading heading = new Drafts.Heading(life.name(), life.number(), ids.hexadecimal());
    Drafts.Draft draft = drafts.unchanged(heading, before, Operation.EMPTY, message);
    return switch (committer.publish(draft)) {
      case Committer.Taken.ByUs ours -> new Resolution.NotApplied(ours.version());
      case Committer.Taken.ByOther other ->
          other.version().record().commit().equals(commitId)
              ? new Resolution.Applied(other.version())
              : new Resolution.NotApplied(other.version());
      case Committer.Taken.Unknown unknown ->
          throw new OutcomeUnknownException(
              life.name(),
              number,
              commitId,
              "version " + life.name() + ":" + number + " is still in doubt: " + unknown.reason(),
              null);
    };
  }

  /// The version before a number that is free.
  private StoredVersion before(RefRecord life, long number) {
    long first = Heads.firstNumber(life);
    Optional<StoredVersion> before =
        number == first
            ? Heads.startOf(life).map(records::version)
            : records.version(life.name(), life.number(), number - 1);
    return before
        .filter(version -> version.record().operation() != Operation.CLOSE || number == first)
        .orElseThrow(() ->
            new RefusedException(
                ErrorCode.INVALID_ARGUMENT,
                "version "
                    + life.name()
                    + ":"
                    + number
                    + " cannot be in doubt: the branch has not come so far, or has ended"));
  }

  /// Closes a branch.
  private void close(Heads.Head head) {
    String commitId = ids.hexadecimal();
    String name = head.ref().name();
    switch (committer.commitUnchanged(head, Operation.CLOSE, "ends the branch", commitId)) {
      case Committer.Taken.ByUs _, Committer.Taken.ByOther _ -> {}
      case Committer.Taken.Unknown unknown ->
          throw new OutcomeUnknownException(
              name,
              unknown.number(),
              commitId,
              "branch \""
                  + name
                  + "\" may or may not have ended; delete it again: "
                  + unknown.reason(),
              null);
    }
  }

  /// Ends what a deletion that crashed left over.
  private void finishDeletion(String name) {
    Optional<RefRecord> ref = refs.find(name);
    if (ref.isPresent() && ref.get().meaning() instanceof RefRecord.Branch) {
      Heads.Head head = heads.find(name);
      if (head.closed()) {
        refs.delete(head.ref());
      }
    }
  }
}
