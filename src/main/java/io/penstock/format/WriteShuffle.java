package io.penstock.format;

/// How samples were shuffled before they were written.
///
/// @param algorithm its name, such as `tumbling`
/// @param seed of the permutation
/// @param bufferSamples samples that were shuffled together
public record WriteShuffle(String algorithm, long seed, long bufferSamples) {}
