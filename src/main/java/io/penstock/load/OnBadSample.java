package io.penstock.load;

/// What becomes of samples whose stored bytes are damaged or gone. A store that does not answer
/// damages nothing: that is a failure of the batch in any case.
public enum OnBadSample {
  /// The batch fails.
  FAIL,
  /// The next good sample of the same batch stands in, so that counts and shapes stay; without a
  /// good one the batch fails. For tensors of fixed shape only.
  REPLACE,
  /// The sample's bytes are zeros, and [Batch#mask] marks it.
  MASK
}
