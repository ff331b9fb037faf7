package io.penstock.bench;

import java.util.List;

/// What reading cost.
///
/// @param cold the first opening in this process
/// @param warm the second one, which the epochs follow
/// @param epochs that were measured; warm-up epochs are left out
/// @param costs of the measured epochs
public record ReadResult(Opening cold, Opening warm, List<EpochResult> epochs, Costs costs) {
  /// Copies the list.
  public ReadResult {
    epochs = List.copyOf(epochs);
  }

  /// How long the beginning took.
  ///
  /// @param openMillis until the version was known
  /// @param firstBatchMillis until the first batch was there, the opening included
  public record Opening(double openMillis, double firstBatchMillis) {}
}
