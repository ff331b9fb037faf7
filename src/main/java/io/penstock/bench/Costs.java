package io.penstock.bench;

import io.penstock.Penstock;
import java.util.OptionalLong;

/// What a measured piece of work cost.
///
/// @param cpuSecondsPerDecodedGB CPU time of the process for 10^9 decoded bytes
/// @param requests calls of the store
/// @param bytesFetched bytes of the ranges and objects that were read
/// @param bytesUsed those of them that were wanted
/// @param bytesPut bytes that were written
/// @param mostInFlight the most requests at once
/// @param budgetBytes the memory budget
/// @param peakPoolBytes the most of it that was in use
/// @param peakRssBytes the most memory of the whole process that was resident, if the system tells
public record Costs(
    double cpuSecondsPerDecodedGB,
    long requests,
    long bytesFetched,
    long bytesUsed,
    long bytesPut,
    long mostInFlight,
    long budgetBytes,
    long peakPoolBytes,
    OptionalLong peakRssBytes) {
  static Costs of(long cpuNanos, long decodedBytes, Traffic traffic, Penstock penstock) {
    long used = traffic.bytesUsed(); // before what was fetched, which is never less then
    return new Costs(
        decodedBytes == 0 ? 0 : (double) cpuNanos / decodedBytes,
        traffic.requests(),
        traffic.bytesFetched(),
        used,
        traffic.bytesPut(),
        traffic.mostInFlight(),
        penstock.memoryBudgetBytes(),
        penstock.peakMemoryBytes(),
        ProcessUsage.peakRssBytes());
  }
}
