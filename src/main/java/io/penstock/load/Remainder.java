package io.penstock.load;

/// What becomes of the last samples of an epoch that do not fill a global batch.
public enum Remainder {
  /// They are left out: all batches are full.
  DROP,
  /// The last batch is filled up with repeats of its own samples, which [Batch#mask] marks: every
  /// rank gets as many batches, all of them full.
  PAD,
  /// They come as they are: the last batch of a rank is smaller, or absent where none of them is
  /// the rank's.
  UNEVEN
}
