package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;

/// The rows of one fragment that count: how many there are, how many lie in one chunk, and which of
/// them are live. Takes memory for each range of live rows, and never more than 1.1 bits for each
/// row. Immutable; thread-safe.
public final class FragmentRows {
  private final long rows;
  private final long groupSamples;
  private final LiveRows liveRows;

  private FragmentRows(long rows, long groupSamples, LiveRows liveRows) {
    if (rows < 0 || rows > SampleSpace.MAX_ROWS) {
      throw refused("rows " + rows + " is not in 0 to 2^62");
    }
    if (groupSamples < 1 || groupSamples > SampleSpace.MAX_ROWS) {
      throw refused("groupSamples " + groupSamples + " is not in 1 to 2^62");
    }
    this.rows = rows;
    this.groupSamples = groupSamples;
    this.liveRows = liveRows;
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
    if (live.length % 2 != 0) {
      throw refused("live has " + live.length + " numbers, not pairs");
    }
    long[] from = new long[live.length / 2];
    long[] to = new long[live.length / 2];
    long end = -1;
    for (int i = 0; i < from.length; i++) {
      from[i] = live[2 * i];
      to[i] = live[2 * i + 1];
      if (from[i] <= end || to[i] <= from[i] || to[i] > rows) {
        throw refused("live rows " + from[i] + " to " + to[i] + " of " + rows + ", after " + end);
      }
      end = to[i];
    }
    return new FragmentRows(rows, groupSamples, new RowRanges(from, to));
  }

  /// The same rows of which only some are live.
  FragmentRows with(LiveRows live) {
    return new FragmentRows(rows, groupSamples, live);
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
    return liveRows.live();
  }

  /// The row that has so many live rows before it; `live` is in 0 … live−1.
  long row(long live) {
    return liveRows.row(live);
  }

  /// How many live rows come before a row.
  long liveBefore(long row) {
    return liveRows.liveBefore(row);
  }

  /// Calls the visitor with each range of live rows.
  void visit(LiveRows.RangeVisitor visitor) {
    liveRows.visit(visitor);
  }

  /// Rows of the chunks that hold a live row: what is read to have the live ones.
  long rowsOfLiveChunks() {
    long[] sum = {0};
    long[] end = {0}; // rows of chunks that were counted lie before it
    visit((from, to) -> {
      long first = Math.max(end[0], from - from % groupSamples);
      if (to > first) {
        long inLast = (to - 1) % groupSamples;
        end[0] = to - 1 - inLast + Math.min(groupSamples, rows - (to - 1 - inLast));
        sum[0] += end[0] - first;
      }
    });
    return sum[0];
  }
}
