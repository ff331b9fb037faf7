package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;

/// A rank's share of a job.
///
/// @param rank 0 to worldSize − 1
/// @param worldSize ranks of the job, 1 or more
public record Share(int rank, int worldSize) {
  /// All of it.
  public static final Share WHOLE = new Share(0, 1);

  /// Checks the numbers.
  public Share {
    if (worldSize < 1) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "worldSize " + worldSize + " is less than 1");
    }
    if (rank < 0 || rank >= worldSize) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "rank " + rank + " is not in 0 to " + (worldSize - 1));
    }
  }
}
