package io.penstock.testing;

/// What happens to one request. A create-only put tells [io.penstock.store.PutResult.Unknown] where
/// the others, which a store repeats by itself, fail with `STORE_UNAVAILABLE` in the end.
public enum Fault {
  /// Nothing goes wrong.
  NONE,
  /// No connection: not applied, and known to be; even a create-only put fails with
  /// `STORE_UNAVAILABLE`.
  NO_CONNECTION,
  /// The connection breaks before the store acts.
  RESET_BEFORE,
  /// The store acts, and its answer is lost.
  ANSWER_LOST,
  /// No answer comes, and the store acts some requests later, if the condition holds then.
  APPLIED_LATE,
  /// 503: the store does not act.
  UNAVAILABLE,
  /// 409: a concurrent request was in the way; the store does not act.
  CONFLICT,
  /// The store acts, and a repetition below us meets 412: a create-only put that was applied says
  /// that the key is taken.
  OWN_CONDITION_FAILED,
  /// A create-only put replaces what is there.
  CONDITION_IGNORED,
  /// A listing leaves entries out or has them twice.
  LISTING_LIES,
  /// The process dies before the store acts.
  CRASH_BEFORE,
  /// The process dies when the store has acted.
  CRASH_AFTER,
  /// The process dies, and the store acts some requests later.
  CRASH_APPLIED_LATE
}
