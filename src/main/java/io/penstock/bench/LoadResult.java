package io.penstock.bench;

import io.penstock.load.LoaderStats;
import io.penstock.load.ShuffleReport;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// What loading cost.
///
/// @param cold the first opening in this process
/// @param warm the second one
/// @param epochs that were measured; warm-up epochs are left out
/// @param costs of the measured epochs
/// @param memory how the process has grown since the dataset was opened for the first time; empty
///   where the system does not tell
/// @param stats what the loader says of the measured epochs
/// @param runCorrelation how alike samples of one run are (ICC), by the labels that say most; empty
///   if the version has no sketches of labels
/// @param headroom an epoch of copies of a batch in memory: the rate that no loader can exceed with
///   this consumer; empty if it was not measured
public record LoadResult(
    Opening cold,
    Opening warm,
    List<EpochResult> epochs,
    Costs costs,
    Optional<MemoryGrowth> memory,
    LoaderStats stats,
    OptionalDouble runCorrelation,
    Optional<EpochResult> headroom) {
  /// Copies the list.
  public LoadResult {
    epochs = List.copyOf(epochs);
  }

  /// How well the last epoch was mixed; empty if it had no full batch.
  ///
  /// @param span of batches, or one
  public Optional<ShuffleReport.Window> mixing(ShuffleReport.Span span) {
    return stats.shuffle().isEmpty() ? Optional.empty() : stats.shuffle().getLast().window(span);
  }

  /// The design effect of a batch of the last epoch, as measured; for samples that are all alike
  /// within a run if nothing is known of them. 1 is a perfect shuffle. Empty without a full batch.
  public Optional<Double> designEffect() {
    return mixing(ShuffleReport.Span.BATCH)
        .map(window -> window.measured().designEffect(runCorrelation.orElse(1)));
  }

  /// The longest wait for the first batch of an epoch that followed another one, in milliseconds;
  /// empty if none did.
  public OptionalDouble turnMillis() {
    return epochs.stream()
        .filter(epoch -> epoch.epoch() > 0)
        .mapToDouble(EpochResult::firstWaitMillis)
        .max();
  }

  /// How long the beginning took.
  ///
  /// @param openMillis until the version was known
  /// @param firstBatchMillis until the first batch was there, the opening included
  public record Opening(double openMillis, double firstBatchMillis) {}
}
