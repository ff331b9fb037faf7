package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;

/// The rows of one fragment that count: how many there are, how many lie in one chunk, and which of
/// them are live, as ranges. Takes memory for each range, none for each row. Immutable;
/// thread-safe.
public final class FragmentRows {
  private final long rows;
  private final long groupSamples;
  private final long[] from; // live ranges, ascending, with a gap before each but the first
  private final long[] liveBefore; // one more than ranges; the last is the number of live rows

  private FragmentRows(long rows, long groupSamples, long[] from, long[] to) {
    this.rows = rows;
    this.groupSamples = groupSamples;
    this.from = from;
    liveBefore = new long[from.length + 1];
    long end = -1;
    for (int i = 0; i < from.length; i++) {
      if (from[i] <= end || to[i] <= from[i] || to[i] > rows) {
        throw refused("live rows " + from[i] + " to " + to[i] + " of " + rows + ", after " + end);
      }
      end = to[i];
      liveBefore[i + 1] = liveBefore[i] + to[i] - from[i];
    }
  }

  /// A fragment without deleted rows.
  ///
  /// @param rows in the fragment, 0 or more
  /// @param groupSamples rows in a chunk, 1 or more
  /// @throws RefusedException if one of them is out of range
  public static FragmentRows of(long rows, long groupSamples) {
    return of(rows, groupSamples, rows > 0 ? new long[] {0, rows} : new long[0]);
  }

  /// A fragment of which only some rows are live.
  ///
  /// @param rows in the fragment, 0 or more, live or not
  /// @param groupSamples rows in a chunk, 1 or more
  /// @param live pairs of first row and end of each range of live rows, ascending, with a gap
  ///   between two ranges; copied
  /// @throws RefusedException if a number is out of range or out of order
  public static FragmentRows of(long rows, long groupSamples, long[] live) {
    if (rows < 0 || rows > SampleSpace.MAX_ROWS) {
      throw refused("rows " + rows + " is not in 0 to 2^62");
    }
    if (groupSamples < 1 || groupSamples > SampleSpace.MAX_ROWS) {
      throw refused("groupSamples " + groupSamples + " is not in 1 to 2^62");
    }
    if (live.length % 2 != 0) {
      throw refused("live has " + live.length + " numbers, not pairs");
    }
    long[] from = new long[live.length / 2];
    long[] to = new long[live.length / 2];
    for (int i = 0; i < from.length; i++) {
      from[i] = live[2 * i];
      to[i] = live[2 * i + 1];
    }
    return new FragmentRows(rows, groupSamples, from, to);
  }

  private static RefusedException refused(String what) {
    return new RefusedException(ErrorCode.INVALID_ARGUMENT, what);
  }

  /// Rows, live or not.
  public long rows() {
    return rows;
  }

  /// Rows in a chunk.
  public long groupSamples() {
    return groupSamples;
  }

  /// Live rows.
  public long live() {
    return liveBefore[from.length];
  }

  /// The row that has so many live rows before it; `live` is in 0 … live−1.
  long row(long live) {
    int range = SampleSpace.lastAtMost(liveBefore, live);
    return from[range] + (live - liveBefore[range]);
  }

  /// How many live rows come before a row.
  long liveBefore(long row) {
    int range = SampleSpace.lastAtMost(from, row);
    if (range < 0) {
      return 0;
    }
    return Math.min(liveBefore[range] + (row - from[range]), liveBefore[range + 1]);
  }
}
