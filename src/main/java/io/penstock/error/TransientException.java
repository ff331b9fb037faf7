package io.penstock.error;

import org.jspecify.annotations.Nullable;

/// A failure that may pass: the same call may succeed later.
public final class TransientException extends PenstockException {
  private static final long serialVersionUID = 1L;

  /// A failure with its code and a message that says what, where and why.
  public TransientException(ErrorCode code, String message) {
    this(code, message, null);
  }

  /// The same with the failure that led to it.
  public TransientException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(code, message, cause);
  }
}
