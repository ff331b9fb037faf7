package io.penstock.version;

import io.penstock.store.MemoryStore;
import io.penstock.store.Store;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Random;

/// The parts of logs in tests: everything in the caller's thread, nothing that waits, seeded.
final class TestParts {
  static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  private TestParts() {}

  /// Parts whose clock stands still.
  static VersionLog.Parts of(Store store, long seed) {
    return of(store, Clock.fixed(START, ZoneOffset.UTC), seed);
  }

  static VersionLog.Parts of(Store store, Clock clock, long seed) {
    return new VersionLog.Parts(store, clock, new Random(seed), Runnable::run, _ -> {}, false);
  }

  static MemoryStore memory() {
    return new MemoryStore(() -> START);
  }

  /// Commits one append of its own session.
  static StoredVersion append(VersionLog log, String branch, int fragments) {
    Session session = log.begin(branch);
    return committed(log.commit(session, TestAppends.of(session, fragments)));
  }

  static StoredVersion committed(CommitOutcome outcome) {
    return switch (outcome) {
      case CommitOutcome.Committed committed -> committed.version();
      case CommitOutcome.Conflict conflict -> throw new AssertionError(conflict.toString());
      case CommitOutcome.Unknown unknown -> throw new AssertionError(unknown.toString());
    };
  }
}
