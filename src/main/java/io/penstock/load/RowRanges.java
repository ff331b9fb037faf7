package io.penstock.load;

/// Live rows as ranges: 16 bytes for each.
final class RowRanges implements LiveRows {
  /// What a range takes.
  static final int RANGE_BYTES = 2 * Long.BYTES;

  private final long[] from; // ascending, with a gap before each but the first
  private final long[] liveBefore; // one more than ranges; the last is the number of live rows

  /// Takes ownership of the arrays.
  ///
  /// @param from the first rows
  /// @param to the ends, exclusive, each above its first row and below the next one
  RowRanges(long[] from, long[] to) {
    this.from = from;
    liveBefore = new long[from.length + 1];
    for (int i = 0; i < from.length; i++) {
      liveBefore[i + 1] = liveBefore[i] + to[i] - from[i];
    }
  }

  @Override
  public long live() {
    return liveBefore[from.length];
  }

  @Override
  public long row(long live) {
    int range = SampleSpace.lastAtMost(liveBefore, live);
    return from[range] + (live - liveBefore[range]);
  }

  @Override
  public long liveBefore(long row) {
    int range = SampleSpace.lastAtMost(from, row);
    if (range < 0) {
      return 0;
    }
    return Math.min(liveBefore[range] + (row - from[range]), liveBefore[range + 1]);
  }

  @Override
  public void visit(RangeVisitor visitor) {
    for (int i = 0; i < from.length; i++) {
      visitor.range(from[i], from[i] + liveBefore[i + 1] - liveBefore[i]);
    }
  }
}
