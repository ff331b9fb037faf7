package io.penstock.testing;

/// The kinds of requests that a store makes.
public enum Operation {
  /// What is known of an object.
  STAT,
  /// A whole small object.
  GET,
  /// A range.
  READ,
  /// An object in one request.
  PUT,
  /// The beginning of an upload.
  UPLOAD,
  /// A part of an upload.
  PART,
  /// The end of an upload.
  COMPLETE,
  /// A page of keys, or directories.
  LIST,
  /// The removal of an object.
  DELETE
}
