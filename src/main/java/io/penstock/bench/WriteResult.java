package io.penstock.bench;

import java.util.List;

/// What writing cost.
///
/// @param epochs one for each time the samples were written, in a commit of its own
/// @param storedBytes of the last version
/// @param costs of all of them
public record WriteResult(List<Pass> epochs, long storedBytes, Costs costs) {
  /// Copies the list.
  public WriteResult {
    epochs = List.copyOf(epochs);
  }

  /// One time that the samples were written.
  ///
  /// @param epoch from 0
  /// @param samples that were written
  /// @param decodedBytes of these samples
  /// @param seconds it took, commit included
  public record Pass(long epoch, long samples, long decodedBytes, double seconds) {}
}
