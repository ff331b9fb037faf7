package io.penstock.bench;

import java.util.Optional;
import java.util.OptionalLong;

/// By how much the process grew after a dataset was opened and nothing of it read, and by how much
/// it was allowed to: the memory budget, what the heap grew, 320 KiB for each request that was in
/// flight with others (no fewer than there were connections), and 64 MiB for everything else, such
/// as compiled code.
///
/// @param rssBytes resident at most, less what was resident at the beginning
/// @param heapBytes in use on the heap at most, less what was in use at the beginning
/// @param allowedBytes the most that `rssBytes` should be
public record MemoryGrowth(long rssBytes, long heapBytes, long allowedBytes) {
  private static final long ELSE_BYTES = 64L << 20;
  private static final long CONNECTION_BYTES = 320L << 10;

  /// Whether it is within what is allowed.
  public boolean allowed() {
    return rssBytes <= allowedBytes;
  }

  /// The beginning.
  ///
  /// @param rssBytes what was resident, if the system tells
  /// @param heapBytes what was in use on the heap
  record Start(OptionalLong rssBytes, long heapBytes) {
    /// Begins now.
    static Start now() {
      return new Start(ProcessUsage.rssBytes(), ProcessUsage.beginHeapPeak());
    }

    /// The growth until now; empty where the system does not tell.
    Optional<MemoryGrowth> growth(long budgetBytes, long connections) {
      OptionalLong peak = ProcessUsage.peakRssBytes();
      if (peak.isEmpty() || rssBytes.isEmpty()) {
        return Optional.empty();
      }
      long heap = Math.max(0, ProcessUsage.heapPeakBytes() - heapBytes);
      return Optional.of(
          new MemoryGrowth(
              peak.getAsLong() - rssBytes.getAsLong(),
              heap,
              budgetBytes + heap + ELSE_BYTES + connections * CONNECTION_BYTES));
    }
  }
}
