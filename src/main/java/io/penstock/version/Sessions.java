package io.penstock.version;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.TransientException;
import io.penstock.format.ObjectKeys;
import io.penstock.format.SessionRecord;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// The life of a session: its object on the store, and its commit. Thread-safe.
///
/// The object lies on the store before the first byte of data, and goes when nothing of the session
/// can become part of a version any more: after its commit, or when it is given up; never while a
/// commit is in doubt.
final class Sessions {
  private final MetadataStore records;
  private final Publication publication;
  private final Together together;
  private final Heads heads;
  private final Committer committer;
  private final Ids ids;
  private final InstantSource clock;

  Sessions(
      MetadataStore records,
      Publication publication,
      Together together,
      Heads heads,
      Committer committer,
      Ids ids,
      InstantSource clock) {
    this.records = records;
    this.publication = publication;
    this.together = together;
    this.heads = heads;
    this.committer = committer;
    this.ids = ids;
    this.clock = clock;
  }

  /// Begins a session on a branch.
  Session begin(String branch) {
    Heads.Head head = heads.latest(branch);
    Session session = new Session(ids.session(), head.ref(), head.newest(), now());
    byte[] content = records.encode(record(session, session.started()));
    String key = ObjectKeys.session(session.id());
    switch (publication.publish(key, content)) {
      case Publication.Result.Created _ -> {}
      case Publication.Result.Found found -> found.requireSame(key, content);
      case Publication.Result.Doubtful doubtful ->
          throw new TransientException(
              ErrorCode.STORE_UNAVAILABLE,
              "session on branch \"" + branch + "\" was not begun: " + doubtful.reason());
    }
    return session;
  }

  /// Says that a session is alive.
  void renew(Session session) {
    session.requireLive();
    records.replace(ObjectKeys.session(session.id()), records.encode(record(session, now())));
  }

  /// Gives a session up.
  void close(Session session) {
    if (session.close()) {
      records.delete(ObjectKeys.session(session.id()));
    }
  }

  /// Commits.
  CommitOutcome commit(Session session, Append append) {
    session.startCommit();
    try {
      CommitOutcome outcome = committer.commit(session, append, ids.hexadecimal());
      session.endCommit(outcome);
      if (outcome instanceof CommitOutcome.Committed committed) {
        tidy(session, committed.version());
      }
      return outcome;
    } finally {
      session.abandonCommit();
    }
  }

  /// Ends the doubt of a session.
  void resolved(Session session, Resolution resolution) {
    session.resolved(resolution);
    if (resolution instanceof Resolution.Applied applied) {
      tidy(session, applied.version());
    }
  }

  /// Moves the hint and removes the session's object, together. Neither matters to anybody's
  /// correctness: a stale hint costs a reader some requests, and a session that is left over is
  /// fenced one day. So a store that fails here does not make a commit fail that has succeeded.
  private void tidy(Session session, StoredVersion version) {
    heads.remember(session.branchRef(), version.number());
    together.all(
        List.of(
            () -> attempt(() -> heads.hint(version)),
            () -> attempt(() -> records.delete(ObjectKeys.session(session.id())))));
  }

  private static boolean attempt(Runnable request) {
    try {
      request.run();
      return true;
    } catch (PenstockException _) {
      return false;
    }
  }

  private SessionRecord record(Session session, Instant renewed) {
    return new SessionRecord(
        session.id(),
        session.branch(),
        session.branchRef().number(),
        session.startNumber(),
        session.started(),
        renewed);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
