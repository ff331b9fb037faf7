package io.penstock.store;

/// What must hold for a put to take effect.
public enum PutCondition {
  /// Nothing: replaces what is there.
  NONE,
  /// The key must be free.
  CREATE_ONLY
}
