package io.penstock.version;

import io.penstock.error.ConflictException;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import io.penstock.format.ObjectKeys;
import io.penstock.format.Operation;
import io.penstock.format.RefRecord;
import io.penstock.format.VersionLink;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/// Takes the next number of a branch for a record. Thread-safe.
///
/// ```
/// read every record since the session's head ──► draft ──► pages ──► publish n
///      ▲                                                              │
///      └───── somebody else's: wait a little ◄────────────────────────┤
///                                    ours: Committed · doubtful: Unknown
/// ```
///
/// A number is left behind only when somebody else's record was read under it, so when a commit
/// ends without a version, none of the numbers that it tried can become its version later. Losing a
/// race means that another commit succeeded, so there is no limit on how often one is lost.
class Committer {
  /// The most records that are read at once on the way to the newest.
  private static final int MOST_AT_ONCE = 16;

  private final MetadataStore records;
  private final Publication publication;
  private final Together together;
  private final Backoff backoff;
  private final Drafts drafts;

  Committer(
      MetadataStore records,
      Publication publication,
      Together together,
      Backoff backoff,
      Drafts drafts) {
    this.records = records;
    this.publication = publication;
    this.together = together;
    this.backoff = backoff;
    this.drafts = drafts;
  }

  /// Commits an append. Does not touch the hint or the session's object.
  ///
  /// @param commitId the same for all tries
  CommitOutcome commit(Session session, Append append, String commitId) {
    AppendRules.requireSound(session, append);
    requireFits(session.head(), append);
    for (int losses = 0; ; losses++) {
      if (losses < Backoff.PATIENCE) {
        catchUp(session);
      }
      StoredVersion head = session.head();
      Optional<CommitOutcome> conflict = conflict(head, append);
      if (conflict.isPresent()) {
        return conflict.get();
      }
      Drafts.Heading heading = heading(session.branchRef(), commitId);
      Drafts.Draft draft = drafts.append(heading, head, append, session::newPageId);
      together.each(draft.pages(), this::putPage);
      switch (publish(draft)) {
        case Taken.ByUs ours -> {
          return new CommitOutcome.Committed(ours.version());
        }
        case Taken.ByOther other -> {
          meet(session, other.version());
          backoff.pauseAfterLoss(losses);
        }
        case Taken.Unknown unknown -> {
          return new CommitOutcome.Unknown(
              session.branch(), head.number() + 1, commitId, unknown.reason());
        }
      }
    }
  }

  /// Commits a record that changes no content, behind whatever is committed before it.
  ///
  /// @param head where to start
  /// @return the record, or what makes it unnecessary: a record that ended the branch
  Taken commitUnchanged(Heads.Head head, Operation operation, String message, String commitId) {
    StoredVersion newest = head.newest();
    for (int losses = 0; ; losses++) {
      Drafts.Heading heading = heading(head.ref(), commitId);
      Drafts.Draft draft = drafts.unchanged(heading, newest, operation, message);
      Taken taken = publish(draft);
      if (!(taken instanceof Taken.ByOther other)
          || other.version().record().operation() == Operation.CLOSE) {
        return taken;
      }
      newest = requireChild(newest, other.version());
      backoff.pauseAfterLoss(losses);
    }
  }

  /// Who has a number after an attempt to take it.
  sealed interface Taken {
    /// The commit that tried.
    record ByUs(StoredVersion version) implements Taken {}

    /// Another commit.
    record ByOther(StoredVersion version) implements Taken {}

    /// Nobody knows.
    record Unknown(long number, String reason) implements Taken {}
  }

  /// Publishes a record and tells by its commit id whose record has the number.
  Taken publish(Drafts.Draft draft) {
    String key = keyOf(draft);
    return switch (publication.publish(key, draft.content())) {
      case Publication.Result.Created _ ->
          new Taken.ByUs(records.decodeVersion(key, draft.content()));
      case Publication.Result.Found found -> whose(key, draft, found);
      case Publication.Result.Doubtful doubtful ->
          new Taken.Unknown(draft.record().number(), doubtful.reason());
    };
  }

  private Taken whose(String key, Drafts.Draft draft, Publication.Result.Found found) {
    StoredVersion there;
    try {
      there = records.decodeVersion(key, found.content());
    } catch (CorruptDataException damaged) {
      return new Taken.Unknown(draft.record().number(), String.valueOf(damaged.getMessage()));
    }
    return there.record().commit().equals(draft.record().commit())
        ? new Taken.ByUs(there)
        : new Taken.ByOther(there);
  }

  /// Reads every record since the session's head, so that none that concerns the session is missed.
  void catchUp(Session session) {
    RefRecord branch = session.branchRef();
    for (int window = 2; ; window = Math.min(2 * window, MOST_AT_ONCE)) {
      long next = session.head().number() + 1;
      List<Long> numbers = LongStream.range(next, next + window).boxed().toList();
      for (Optional<StoredVersion> found :
          together.each(
              numbers, number -> records.version(branch.name(), branch.number(), number))) {
        if (found.isEmpty()) {
          return;
        }
        meet(session, found.get());
      }
    }
  }

  private static void meet(Session session, StoredVersion version) {
    requireChild(session.head(), version);
    switch (version.record().operation()) {
      case FENCE -> {
        if (version.record().revokes().equals(Optional.of(session.id()))) {
          throw fenced(session, "was revoked by " + version);
        }
      }
      case CLOSE -> throw fenced(session, "is on a branch that ended with " + version);
      case CREATE, APPEND, DELETE, ADD_TENSOR, REPLACE, COMPACT, RESTORE, EMPTY -> {}
    }
    session.advance(version);
  }

  private static ConflictException fenced(Session session, String why) {
    return new ConflictException(
        ErrorCode.SESSION_FENCED,
        "session " + session.id() + " " + why + "; nothing was committed: begin again");
  }

  private static StoredVersion requireChild(StoredVersion parent, StoredVersion child) {
    Optional<VersionLink> link = child.record().parent();
    if (!link.equals(Optional.of(parent.link()))) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT,
          MetadataStore.keyOf(child.link()),
          "parent is "
              + link.map(VersionLink::record)
              + ", version "
              + parent
              + " is "
              + parent.link().record());
    }
    return child;
  }

  private static void requireFits(StoredVersion start, Append append) {
    Optional<String> clash = AppendRules.clash(append.schema(), start.record().schema());
    if (clash.isPresent()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "does not fit " + start + ": " + clash.get());
    }
  }

  private static Optional<CommitOutcome> conflict(StoredVersion head, Append append) {
    if (append.basedOn().isPresent() && !append.basedOn().get().equals(head.link())) {
      return Optional.of(
          new CommitOutcome.Conflict(
              head.link(),
              "the commit is based on " + append.basedOn().get() + ", the newest is " + head));
    }
    return AppendRules.clash(append.schema(), head.record().schema())
        .map(clash ->
            new CommitOutcome.Conflict(
                head.link(), "the schema was changed up to " + head + ": " + clash));
  }

  /// Puts a page. Its key is nobody else's, and the condition makes sure of that.
  private boolean putPage(PageSpill.NewPage page) {
    String key = ObjectKeys.page(page.id());
    switch (publication.publish(key, page.content())) {
      case Publication.Result.Created _ -> {}
      case Publication.Result.Found found -> found.requireSame(key, page.content());
      case Publication.Result.Doubtful doubtful ->
          throw new TransientException(
              ErrorCode.STORE_UNAVAILABLE,
              "nothing was committed: page " + key + " was not put: " + doubtful.reason());
    }
    return true;
  }

  private static Drafts.Heading heading(RefRecord branch, String commitId) {
    return new Drafts.Heading(branch.name(), branch.number(), commitId);
  }

  private static String keyOf(Drafts.Draft draft) {
    return ObjectKeys.version(
        draft.record().branch(), draft.record().life(), draft.record().number());
  }
}
