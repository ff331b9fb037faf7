package io.penstock.load;

/// Which rows of a fragment are live. Immutable; thread-safe; looking one up takes time that grows
/// with the logarithm of the number of rows and allocates nothing.
sealed interface LiveRows permits RowRanges, RowBits {
  /// Live rows.
  long live();

  /// The row that has so many live rows before it; `live` is in 0 … live−1.
  long row(long live);

  /// How many live rows come before a row.
  long liveBefore(long row);

  /// Calls the visitor with each range of live rows, ascending; between two there is a gap.
  void visit(RangeVisitor visitor);

  /// Takes the ranges of rows that follow each other.
  interface RangeVisitor {
    /// Takes the next range.
    ///
    /// @param from its first row
    /// @param to its end, exclusive
    void range(long from, long to);
  }
}
