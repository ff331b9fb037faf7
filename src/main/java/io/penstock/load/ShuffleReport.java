package io.penstock.load;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// How well the batches of one epoch were mixed, beside what the order promises. Made by
/// [ShuffleMeter]. Immutable.
///
/// @param epoch from 0
/// @param samples that were looked at
/// @param runSamples samples of a run (L)
/// @param windows those that were seen whole at least once
public record ShuffleReport(long epoch, long samples, long runSamples, List<Window> windows) {
  /// Copies the list.
  public ShuffleReport {
    windows = List.copyOf(windows);
  }

  /// What a window spans. Where batches differ in size, with [RaggedMode.MaxBytes] and
  /// [RaggedMode.Pack], a batch here is as many samples in a row as one of the order has.
  public enum Span {
    /// One batch.
    BATCH,
    /// 32 batches in a row, or fewer where they are large.
    BATCHES,
    /// The last 16 full batches of the epoch, or fewer where they are large: the place where an
    /// order that empties a buffer runs out of variety.
    END_OF_EPOCH
  }

  /// What was found in the windows of one span.
  ///
  /// @param span what a window spans
  /// @param batches of a window
  /// @param windows that were seen whole; they follow one another without overlap
  /// @param measured mean over the windows
  /// @param predicted what the order promises
  /// @param labelChiSquare χ² of the labels of a window against their shares of all samples that
  ///   were looked at, for each degree of freedom; mean over the windows. About 1 where labels come
  ///   as if drawn at random, less where they are more even. Empty without labels, or with only one
  public record Window(
      Span span,
      long batches,
      long windows,
      SameRunPairs measured,
      SameRunPairs predicted,
      OptionalDouble labelChiSquare) {}

  /// What was found in the windows of a span; empty if the epoch had none that was seen whole.
  public Optional<Window> window(Span span) {
    return windows.stream().filter(window -> window.span() == span).findFirst();
  }
}
