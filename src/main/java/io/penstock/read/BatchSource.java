package io.penstock.read;

import java.util.Optional;

/// Says which rows each batch of a rank holds. One thread at a time.
interface BatchSource {
  /// The rows of one batch, or empty behind the last one of the epoch. May read sizes of samples,
  /// and block then.
  ///
  /// @param index in the epoch: 0, or what the batch before says of its next one
  Optional<BatchRows> rows(long epoch, long index);

  /// Where to go on when the rows of a batch cannot be known.
  default long behind(long index) {
    return index + 1;
  }
}
