package io.penstock.error;

import org.jspecify.annotations.Nullable;

/// The call cannot be served as it is: change the argument, the permission, or the store.
public final class RefusedException extends PenstockException {
  private static final long serialVersionUID = 1L;

  /// A failure with its code and a message that says what, where and why.
  public RefusedException(ErrorCode code, String message) {
    this(code, message, null);
  }

  /// The same with the failure that led to it.
  public RefusedException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(code, message, cause);
  }
}
