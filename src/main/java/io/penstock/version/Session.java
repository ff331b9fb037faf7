package io.penstock.version;

import java.util.concurrent.atomic.AtomicInteger;

/// An open writer's claim: while its object lies on the store, a collection spares what the writer
/// has put but not committed yet. One commit at a time; the ids may be taken from any thread.
public final class Session {
  private final String id;
  private final AtomicInteger fragments = new AtomicInteger();

  Session(String id) {
    this.id = id;
  }

  /// Random, 26 lower-case characters; the ids of all that the session writes begin with it.
  public String id() {
    return id;
  }

  /// The version that the session started from, or the newest that its commits have met since.
  public StoredVersion head() {
    throw new UnsupportedOperationException("version room");
  }

  /// An id for a fragment that nobody else has or will have: the session's id, `-` and a counter.
  public String newFragmentId() {
    return id + "-" + fragments.getAndIncrement();
  }
}
