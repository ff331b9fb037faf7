package io.penstock.format;

/// What a version record did to its parent.
public enum Operation {
  /// Began the dataset.
  CREATE,
  /// Added fragments at the end.
  APPEND,
  /// Deleted samples.
  DELETE,
  /// Added a tensor.
  ADD_TENSOR,
  /// Replaced values of a tensor.
  REPLACE,
  /// Rewrote fragments without changing samples.
  COMPACT,
  /// Made the content of an older version current.
  RESTORE,
  /// Revoked a stale session; content unchanged.
  FENCE,
  /// Ended the branch's life; no later number is valid.
  CLOSE,
  /// Occupied a doubtful number; content unchanged.
  EMPTY
}
