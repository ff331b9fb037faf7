package io.penstock.error;

import org.jspecify.annotations.Nullable;

/// Nobody knows whether a commit was applied. Nothing was deleted; resolve the number before doing
/// anything that relies on either outcome.
public final class OutcomeUnknownException extends PenstockException {
  private static final long serialVersionUID = 1L;

  private final String branch;
  private final long number;
  private final String commitId;

  /// The doubtful commit: its branch, the number it tried to take, and its commit id.
  public OutcomeUnknownException(
      String branch, long number, String commitId, String message, @Nullable Throwable cause) {
    super(ErrorCode.OUTCOME_UNKNOWN, message, cause);
    this.branch = branch;
    this.number = number;
    this.commitId = commitId;
  }

  /// The branch that was committed to.
  public String branch() {
    return branch;
  }

  /// The number that the commit tried to take last.
  public long number() {
    return number;
  }

  /// The id of the commit, 32 hexadecimal digits.
  public String commitId() {
    return commitId;
  }
}
