package io.penstock.bench;

/// One pass over the samples.
///
/// @param epoch from 0
/// @param samples that passed
/// @param decodedBytes of these samples
/// @param seconds it took
/// @param stallShare share of the time that the caller waited; 1 when it does nothing else
/// @param sampleIdSum sum of the sample ids, wrapping around, to compare what was read
public record EpochResult(
    long epoch,
    long samples,
    long decodedBytes,
    double seconds,
    double stallShare,
    long sampleIdSum) {
  /// Samples for each second.
  public double samplesPerSecond() {
    return seconds == 0 ? 0 : samples / seconds;
  }

  /// Decoded bytes for each second.
  public double decodedBytesPerSecond() {
    return seconds == 0 ? 0 : decodedBytes / seconds;
  }
}
