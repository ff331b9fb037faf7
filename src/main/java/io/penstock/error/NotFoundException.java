package io.penstock.error;

import org.jspecify.annotations.Nullable;

/// Something that was named does not exist. Check the name; a retry will not help.
public final class NotFoundException extends PenstockException {
  private static final long serialVersionUID = 1L;

  /// A failure with its code and a message that says what, where and why.
  public NotFoundException(ErrorCode code, String message) {
    this(code, message, null);
  }

  /// The same with the failure that led to it.
  public NotFoundException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(code, message, cause);
  }
}
