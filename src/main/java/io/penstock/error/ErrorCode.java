package io.penstock.error;

/// A stable name for one thing that can go wrong. Names never change and are never reused; scripts
/// and the failure handbook rely on them.
public enum ErrorCode {
  /// An argument, an option or a value that the caller gave is not acceptable.
  INVALID_ARGUMENT(2),
  /// A URI, a reference or another text of the user's cannot be parsed.
  INVALID_SYNTAX(2),
  /// A limit of the library or of a budget would be exceeded.
  LIMIT_EXCEEDED(2),
  /// The thing was closed before.
  CLOSED(1),
  /// An input of a conversion is malformed.
  INPUT_MALFORMED(7),
  /// There is no dataset at the URI.
  DATASET_NOT_FOUND(3),
  /// There is no such branch, tag or version.
  VERSION_NOT_FOUND(3),
  /// The version has no tensor of that name.
  TENSOR_NOT_FOUND(3),
  /// The version has no sample with that id.
  SAMPLE_NOT_FOUND(3),
  /// The store has no object under the key.
  OBJECT_NOT_FOUND(3),
  /// There is a dataset already.
  DATASET_EXISTS(4),
  /// A name is taken already.
  NAME_EXISTS(4),
  /// A condition of a request did not hold: somebody else was there first.
  PRECONDITION_FAILED(4),
  /// A concurrent commit changed something that this commit relies on.
  COMMIT_CONFLICT(4),
  /// The session of this writer was revoked, or its branch was closed.
  SESSION_FENCED(4),
  /// The store failed in a way that may pass; retries are used up.
  STORE_UNAVAILABLE(5),
  /// The store refused for lack of permission or credentials.
  NOT_PERMITTED(6),
  /// Bytes of a chunk or of its shard are not those that were written.
  DATA_CORRUPT(7),
  /// An object that data depends on is gone.
  DATA_MISSING(7),
  /// A metadata object is damaged or malformed.
  METADATA_CORRUPT(7),
  /// The format, a feature, a codec or a data type is not known to this version of the library.
  UNSUPPORTED(7),
  /// Nobody knows whether a commit was applied; it can be resolved later.
  OUTCOME_UNKNOWN(10),
  /// The store lacks a capability that the operation needs.
  STORE_INCAPABLE(11),
  /// An interrupt or a close ended the operation.
  INTERRUPTED(130),
  /// A failure that no other code describes: a bug, or the environment.
  INTERNAL(1);

  private final int exitCode;

  ErrorCode(int exitCode) {
    this.exitCode = exitCode;
  }

  /// The exit code that the command line ends with.
  public int exitCode() {
    return exitCode;
  }

  /// The stable spelling that messages and JSON carry, such as `data-corrupt`.
  public String id() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
