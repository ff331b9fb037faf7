package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;

/// How large the tensors of a version are that an order is chosen for; sums over these tensors.
///
/// @param storedBytes of all their chunks as stored, deleted rows included
/// @param decodedBytes of all their chunks
/// @param decodedGroupBytes of the chunks of the largest group of samples (c_dec)
public record VersionFigures(long storedBytes, long decodedBytes, long decodedGroupBytes) {
  /// Checks that nothing is negative.
  public VersionFigures {
    if (storedBytes < 0 || decodedBytes < 0 || decodedGroupBytes < 0) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "negative figures: stored "
              + storedBytes
              + ", decoded "
              + decodedBytes
              + ", largest group "
              + decodedGroupBytes);
    }
  }

  /// The memory that an order gets if nobody says otherwise: 4 % of the stored bytes, at least 128
  /// MiB, at most 1 GiB.
  public long defaultOrderMemory() {
    return Math.clamp(storedBytes / 25, 128L << 20, 1L << 30);
  }
}
