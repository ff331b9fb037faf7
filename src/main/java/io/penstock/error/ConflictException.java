package io.penstock.error;

import org.jspecify.annotations.Nullable;

/// Somebody else was there first. Nothing was changed; it is safe to look again and retry.
public final class ConflictException extends PenstockException {
  private static final long serialVersionUID = 1L;

  /// A failure with its code and a message that says what, where and why.
  public ConflictException(ErrorCode code, String message) {
    this(code, message, null);
  }

  /// The same with the failure that led to it.
  public ConflictException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(code, message, cause);
  }
}
