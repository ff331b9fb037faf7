package io.penstock.bench;

import java.util.Locale;
import java.util.regex.Pattern;

/// What one round of ranges measured.
///
/// @param bytes that were read
/// @param requests how many ranges they were
/// @param seconds from the first request to the last answer
/// @param cpuSeconds of the whole process in that time, collecting and compiling included
/// @param heapBytes allocated on the heap in that time
/// @param collections of the heap in that time
/// @param millisMedian half of all ranges took at most so long
/// @param millisP99 ninety-nine of a hundred took at most so long
public record GetRound(
    long bytes,
    long requests,
    double seconds,
    double cpuSeconds,
    long heapBytes,
    long collections,
    double millisMedian,
    double millisP99) {
  private static final Pattern SPACE = Pattern.compile(" ");

  /// The rate.
  public double bytesPerSecond() {
    return bytes / seconds;
  }

  /// CPU time for 10^9 bytes, in seconds.
  public double cpuSecondsPerGB() {
    return cpuSeconds * 1e9 / bytes;
  }

  /// CPU time for a range, in millionths of a second.
  public double cpuMicrosPerRequest() {
    return cpuSeconds * 1e6 / requests;
  }

  /// Bytes that were allocated on the heap for 10^9 bytes.
  public double heapBytesPerGB() {
    return heapBytes * 1e9 / bytes;
  }

  /// As a line, from one process to another.
  String line() {
    return String.format(
        Locale.ROOT,
        "%d %d %.9f %.9f %d %d %.6f %.6f",
        bytes,
        requests,
        seconds,
        cpuSeconds,
        heapBytes,
        collections,
        millisMedian,
        millisP99);
  }

  /// What [#line] said.
  static GetRound parse(String line) {
    String[] parts = SPACE.split(line, -1);
    return new GetRound(
        Long.parseLong(parts[0]),
        Long.parseLong(parts[1]),
        Double.parseDouble(parts[2]),
        Double.parseDouble(parts[3]),
        Long.parseLong(parts[4]),
        Long.parseLong(parts[5]),
        Double.parseDouble(parts[6]),
        Double.parseDouble(parts[7]));
  }
}
