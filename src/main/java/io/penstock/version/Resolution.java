package io.penstock.version;

/// What became of a commit whose outcome was unknown. Final: it will not change any more.
public sealed interface Resolution {
  /// The commit had been applied.
  ///
  /// @param version that it made
  record Applied(StoredVersion version) implements Resolution {}

  /// The commit was not applied and never will be.
  ///
  /// @param winner the version that has the number: another commit, or an empty one made just now
  record NotApplied(StoredVersion winner) implements Resolution {}
}
