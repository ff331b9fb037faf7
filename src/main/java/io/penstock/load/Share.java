package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.List;
import java.util.Map;

/// A rank's share of a job.
///
/// @param rank 0 to worldSize − 1
/// @param worldSize ranks of the job, 1 or more
public record Share(int rank, int worldSize) {
  private static final List<List<String>> ENVIRONMENT =
      List.of(
          List.of("RANK", "WORLD_SIZE"),
          List.of("SLURM_PROCID", "SLURM_NTASKS"),
          List.of("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"));

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

  /// The share that the launcher of a job has put into the environment of this process: `RANK` and
  /// `WORLD_SIZE` (torchrun and many others), else `SLURM_PROCID` and `SLURM_NTASKS`, else
  /// `OMPI_COMM_WORLD_RANK` and `OMPI_COMM_WORLD_SIZE`; all of it where none of them is set.
  ///
  /// @param environment names and values
  /// @throws RefusedException if one of a pair is missing, or is not a number that fits
  public static Share fromEnvironment(Map<String, String> environment) {
    for (List<String> names : ENVIRONMENT) {
      String rank = environment.get(names.getFirst());
      String worldSize = environment.get(names.getLast());
      if (rank != null && worldSize != null) {
        return new Share(number(names.getFirst(), rank), number(names.getLast(), worldSize));
      }
      if (rank != null || worldSize != null) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "the environment has "
                + (rank == null ? names.getLast() : names.getFirst())
                + " but not "
                + (rank == null ? names.getFirst() : names.getLast())
                + ": set both, or none");
      }
    }
    return WHOLE;
  }

  private static int number(String name, String text) {
    try {
      return Integer.parseInt(text.strip());
    } catch (NumberFormatException e) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "the environment has " + name + "=" + text + ", which is no number: correct it",
          e);
    }
  }

  /// Refuses a batch that cannot be shared equally.
  ///
  /// @param batch samples of a global batch
  /// @throws RefusedException with the nearest batches that can
  public void check(long batch) {
    SampleOrder.checkWorldSize(worldSize, batch);
  }
}
