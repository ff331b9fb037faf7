package io.penstock.format;

/// How samples were shuffled before they were written: enough to do it again.
///
/// @param algorithm its name, [#TUMBLING]
/// @param seed of the permutations
/// @param bufferSamples the most samples that were shuffled together
/// @param bufferBytes what bounded them
public record WriteShuffle(String algorithm, long seed, long bufferSamples, long bufferBytes) {
  /// One window of samples after the other, each permuted.
  public static final String TUMBLING = "tumbling";
}
