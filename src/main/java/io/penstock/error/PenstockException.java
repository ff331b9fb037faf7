package io.penstock.error;

import org.jspecify.annotations.Nullable;

/// The one root of what the library throws. Unchecked; carries a code that never changes, and its
/// subtypes answer the question "what do I do now?".
public abstract sealed class PenstockException extends RuntimeException
    permits NotFoundException,
        ConflictException,
        OutcomeUnknownException,
        CorruptDataException,
        TransientException,
        RefusedException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  PenstockException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /// The stable code of this failure.
  public ErrorCode code() {
    return code;
  }
}
