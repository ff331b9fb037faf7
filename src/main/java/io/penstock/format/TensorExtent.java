package io.penstock.format;

/// What one tensor of a fragment amounts to.
///
/// @param tensor name
/// @param storedBytes bytes of its shards
/// @param valueElements length of `values` for a ragged tensor, gaps included; 0 for a fixed one
/// @param largestGroupBytes decoded bytes of the largest group of c samples
/// @param largestSampleBytes decoded bytes of the largest sample
public record TensorExtent(
    String tensor,
    long storedBytes,
    long valueElements,
    long largestGroupBytes,
    long largestSampleBytes) {}
