package io.penstock.bench;

import io.penstock.store.StoreCounts;
import java.util.OptionalLong;

/// What reading ranges of objects measured.
///
/// @param store what was read
/// @param objects how many objects the ranges were of
/// @param rangeBytes length of each range
/// @param concurrency how many were asked for at once
/// @param requests how many were read
/// @param seconds from the first request to the last answer
/// @param cpuSeconds of the whole process in that time
/// @param millisMedian half of all ranges took at most so long
/// @param millisP99 ninety-nine of a hundred took at most so long
/// @param counts what the store repeated, hedged and so on in that time
/// @param peakRssBytes the most memory of the whole process that was resident, if the system tells
public record GetResult(
    String store,
    int objects,
    long rangeBytes,
    int concurrency,
    int requests,
    double seconds,
    double cpuSeconds,
    double millisMedian,
    double millisP99,
    StoreCounts counts,
    OptionalLong peakRssBytes) {
  /// Bytes that were read.
  public long bytes() {
    return rangeBytes * requests;
  }

  /// The rate.
  public double bytesPerSecond() {
    return bytes() / seconds;
  }

  /// CPU time for 10^9 bytes, in seconds.
  public double cpuSecondsPerGB() {
    return cpuSeconds * 1e9 / bytes();
  }

  /// CPU time for a range, in millionths of a second.
  public double cpuMicrosPerRequest() {
    return cpuSeconds * 1e6 / requests;
  }
}
