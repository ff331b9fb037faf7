package io.penstock.version;

import io.penstock.format.VersionLink;

/// How a commit ended. There are three ways, and they ask for different things.
public sealed interface CommitOutcome {
  /// It is a version, and will be one for ever.
  ///
  /// @param version what was committed
  record Committed(StoredVersion version) implements CommitOutcome {}

  /// It is not a version and never will be: a concurrent commit changed what this one relies on.
  /// The data may be cleaned up, or committed again after a new look.
  ///
  /// @param winner the version that stands in the way
  /// @param message what clashed
  record Conflict(VersionLink winner, String message) implements CommitOutcome {}

  /// Nobody knows yet, and it may still become a version. Nothing was deleted; [VersionLog#resolve]
  /// ends the doubt.
  ///
  /// @param branch that was committed to
  /// @param number that the commit tried to take last; it has lost every lower one
  /// @param commitId 32 hexadecimal digits
  /// @param message what happened
  record Unknown(String branch, long number, String commitId, String message)
      implements CommitOutcome {}
}
