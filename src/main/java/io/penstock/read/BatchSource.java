package io.penstock.read;

import java.util.Optional;
import java.util.function.Consumer;

/// Says which rows each batch of a rank holds. One thread at a time.
interface BatchSource {
  /// The rows of one batch, or empty behind the last one of the epoch. May read sizes of samples,
  /// and block then.
  ///
  /// @param index in the epoch: 0, or what the batch before says of its next one
  Optional<BatchRows> rows(long epoch, long index);

  /// Whether rows are found out without reading anything.
  default boolean pure() {
    return true;
  }

  /// Says whom to tell of rows before their sizes are read. Pure sources have none.
  default void onRows(Consumer<long[]> listener) {}

  /// Where to go on when the rows of a batch cannot be known.
  default long behind(long index) {
    return index + 1;
  }
}
