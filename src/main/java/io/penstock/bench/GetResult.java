package io.penstock.bench;

import io.penstock.store.StoreCounts;
import java.util.OptionalLong;

/// What reading ranges of objects measured.
///
/// @param store what was read
/// @param objects how many objects the ranges were of
/// @param rangeBytes length of each range
/// @param concurrency how many were asked for at once
/// @param figures what was measured
/// @param counts what the store repeated, hedged and so on in that time
/// @param peakRssBytes the most memory of the whole process that was resident, if the system tells
public record GetResult(
    String store,
    int objects,
    long rangeBytes,
    int concurrency,
    GetRound figures,
    StoreCounts counts,
    OptionalLong peakRssBytes) {}
