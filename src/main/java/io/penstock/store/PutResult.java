package io.penstock.store;

/// How a put ended.
public sealed interface PutResult {
  /// The object is there, with these bytes, put by this call.
  ///
  /// @param etag the tag the store gave it
  record Stored(String etag) implements PutResult {}

  /// The key was taken; nothing was changed by the request that got this answer.
  record Exists() implements PutResult {}

  /// The request may have been applied, may not have been, or may yet be.
  ///
  /// @param reason what happened, for messages
  record Unknown(String reason) implements PutResult {}
}
