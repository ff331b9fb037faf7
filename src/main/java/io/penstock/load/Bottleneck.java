package io.penstock.load;

/// What keeps a loader from being faster, and how that is known.
///
/// @param kind what it is
/// @param evidence a sentence with the figures
public record Bottleneck(Kind kind, String evidence) {
  /// What can be in the way.
  public enum Kind {
    /// The store, or the way to it: the consumer waits while requests are on their way and codec
    /// threads have nothing to do.
    NETWORK,
    /// The store, which asks for fewer requests.
    THROTTLED,
    /// The codec threads: all are busy while the consumer waits.
    DECODE,
    /// Transforms of samples, which keep the codec threads busy for longer than decoding does.
    TRANSFORM,
    /// Whoever takes the batches: they are there when they are asked for.
    CONSUMER,
    /// The memory budget: there is no room for as many requests as hide the store's latency.
    MEMORY
  }
}
