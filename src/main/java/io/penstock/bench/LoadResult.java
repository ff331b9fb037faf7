package io.penstock.bench;

import io.penstock.load.SameRunPairs;
import java.util.List;
import java.util.Optional;

/// What loading cost.
///
/// @param cold the first opening in this process
/// @param warm the second one
/// @param epochs that were measured; warm-up epochs are left out
/// @param costs of the measured epochs
/// @param sameRunPairs how well the order mixes a batch
/// @param headroom an epoch of copies of a batch in memory: the rate that no loader can exceed with
///   this consumer; empty if it was not measured
public record LoadResult(
    Opening cold,
    Opening warm,
    List<EpochResult> epochs,
    Costs costs,
    SameRunPairs sameRunPairs,
    Optional<EpochResult> headroom) {
  /// Copies the list.
  public LoadResult {
    epochs = List.copyOf(epochs);
  }

  /// How long the beginning took.
  ///
  /// @param openMillis until the version was known
  /// @param firstBatchMillis until the first batch was there, the opening included
  public record Opening(double openMillis, double firstBatchMillis) {}
}
