package io.penstock.bench;

import java.util.List;

/// One pass over the samples.
///
/// @param epoch from 0
/// @param samples that passed
/// @param decodedBytes of these samples
/// @param seconds it took
/// @param stallShare share of the time that the caller waited; about 1 when it does nothing else
/// @param firstWaitMillis how long the caller waited for the first batch
/// @param medianWaitMillis how long for a batch, in the middle
/// @param sampleIdSum sum of the sample ids, wrapping around, to compare what was read
/// @param slices its course, in at most 240 parts of equally many batches
public record EpochResult(
    long epoch,
    long samples,
    long decodedBytes,
    double seconds,
    double stallShare,
    double firstWaitMillis,
    double medianWaitMillis,
    long sampleIdSum,
    List<Slice> slices) {
  /// Copies the list.
  public EpochResult {
    slices = List.copyOf(slices);
  }

  /// A part of the epoch.
  ///
  /// @param untilSeconds its end, since the beginning of the epoch
  /// @param samples of its batches
  /// @param longestWaitMillis the longest that the caller waited for one of its batches
  public record Slice(double untilSeconds, long samples, double longestWaitMillis) {}

  /// Samples for each second.
  public double samplesPerSecond() {
    return seconds == 0 ? 0 : samples / seconds;
  }

  /// Decoded bytes for each second.
  public double decodedBytesPerSecond() {
    return seconds == 0 ? 0 : decodedBytes / seconds;
  }
}
