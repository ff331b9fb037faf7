package io.penstock.store;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;

/// Consecutive bytes of an object.
///
/// @param offset the first byte, 0 or more
/// @param length how many, 1 or more
public record ByteRange(long offset, long length) {
  /// Checks the bounds; offset + length must fit 2^63−1.
  public ByteRange {
    if (offset < 0 || length < 1 || offset > Long.MAX_VALUE - length) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "byte range offset " + offset + " length " + length);
    }
  }

  /// The end, exclusive.
  public long end() {
    return offset + length;
  }
}
