package io.penstock.version;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.RefRecord;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// An open writer's claim: while its object lies on the store, a collection spares what the writer
/// has put but not committed yet. One commit at a time; the ids may be taken from any thread.
public final class Session {
  private final String id;
  private final RefRecord branch;
  private final long startNumber;
  private final Instant started;
  private final AtomicInteger fragments = new AtomicInteger();
  private final AtomicInteger pages = new AtomicInteger();
  private StoredVersion head;
  private State state = State.OPEN;
  private CommitOutcome.@Nullable Unknown doubt;

  /// What a session can be asked for.
  private enum State {
    /// A commit.
    OPEN,
    /// Nothing until its commit ends.
    COMMITTING,
    /// Only the resolution of its doubt.
    DOUBTFUL,
    /// Nothing any more.
    CLOSED
  }

  Session(String id, RefRecord branch, StoredVersion head, Instant started) {
    this.id = id;
    this.branch = branch;
    this.head = head;
    this.startNumber = head.number();
    this.started = started;
  }

  /// Random, 26 lower-case characters; the ids of all that the session writes begin with it.
  public String id() {
    return id;
  }

  /// The branch that it commits to.
  public String branch() {
    return branch.name();
  }

  /// The version that the session started from, or the newest that its commits have met since.
  public synchronized StoredVersion head() {
    return head;
  }

  /// An id for a fragment that nobody else has or will have: the session's id, `-` and a counter.
  public String newFragmentId() {
    return id + "-" + fragments.getAndIncrement();
  }

  /// The same for a page.
  String newPageId() {
    return id + "-p" + pages.getAndIncrement();
  }

  /// The ref that makes its branch.
  RefRecord branchRef() {
    return branch;
  }

  /// The number of the version that it started from.
  long startNumber() {
    return startNumber;
  }

  /// When it began.
  Instant started() {
    return started;
  }

  /// Goes on from a newer version.
  synchronized void advance(StoredVersion newer) {
    head = newer;
  }

  /// Claims the session for one commit.
  synchronized void startCommit() {
    String why =
        switch (state) {
          case OPEN -> "";
          case COMMITTING -> "is committing already";
          case DOUBTFUL -> "has a commit whose outcome is unknown: resolve it first";
          case CLOSED -> "is closed";
        };
    if (!why.isEmpty()) {
      throw new RefusedException(ErrorCode.CLOSED, "session " + id + " " + why);
    }
    state = State.COMMITTING;
  }

  /// Refuses a session that can do nothing any more.
  synchronized void requireLive() {
    if (state == State.CLOSED) {
      throw new RefusedException(ErrorCode.CLOSED, "session " + id + " is closed");
    }
  }

  /// Ends the commit that was started.
  synchronized void endCommit(CommitOutcome outcome) {
    switch (outcome) {
      case CommitOutcome.Committed committed -> {
        head = committed.version();
        state = State.CLOSED;
      }
      case CommitOutcome.Conflict _ -> state = State.OPEN;
      case CommitOutcome.Unknown unknown -> {
        doubt = unknown;
        state = State.DOUBTFUL;
      }
    }
  }

  /// Ends a commit that certainly failed.
  synchronized void abandonCommit() {
    if (state == State.COMMITTING) {
      state = State.OPEN;
    }
  }

  /// The commit that is in doubt, if one is.
  synchronized Optional<CommitOutcome.Unknown> doubt() {
    return Optional.ofNullable(doubt);
  }

  /// Ends the doubt.
  synchronized void resolved(Resolution resolution) {
    doubt = null;
    state =
        switch (resolution) {
          case Resolution.Applied _ -> State.CLOSED;
          case Resolution.NotApplied _ -> State.OPEN;
        };
  }

  /// Whether the session was open and is closed by this call.
  synchronized boolean close() {
    if (state != State.OPEN) {
      return false;
    }
    state = State.CLOSED;
    return true;
  }
}
