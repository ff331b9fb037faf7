package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.List;
import java.util.Objects;

/// The samples that an order goes over: the live rows of a version's fragments, in version order.
/// Takes memory for each fragment and each range of live rows, at most 1.1 bits for each row.
/// Immutable; thread-safe.
///
/// A *sample* is counted over live rows, a *row* over all rows of the version, both from 0.
public final class SampleSpace {
  /// The most rows of a version: 2^62.
  public static final long MAX_ROWS = 1L << 62;

  /// Below this [#chunkUtilisation] a copy of the samples alone pays.
  public static final double LOW_UTILISATION = 0.2;

  private final List<FragmentRows> fragments;
  private final long[] firstRow; // of each fragment, then the number of rows
  private final long[] firstSample; // of each fragment, then the number of samples

  private SampleSpace(List<FragmentRows> fragments) {
    this.fragments = List.copyOf(fragments);
    firstRow = new long[fragments.size() + 1];
    firstSample = new long[fragments.size() + 1];
    for (int f = 0; f < fragments.size(); f++) {
      firstRow[f + 1] = firstRow[f] + fragments.get(f).rows();
      firstSample[f + 1] = firstSample[f] + fragments.get(f).live();
      if (firstRow[f + 1] < 0 || firstRow[f + 1] > MAX_ROWS) {
        throw new RefusedException(
            ErrorCode.LIMIT_EXCEEDED, "rows of fragments 0 to " + f + " are more than 2^62");
      }
    }
  }

  /// The live rows of some fragments.
  ///
  /// @throws RefusedException with code `LIMIT_EXCEEDED` for more than 2^62 rows
  public static SampleSpace of(List<FragmentRows> fragments) {
    return new SampleSpace(fragments);
  }

  /// Live rows.
  public long samples() {
    return firstSample[fragments.size()];
  }

  /// Rows, live or not.
  public long rows() {
    return firstRow[fragments.size()];
  }

  /// The index of the fragment that a row of the version lies in; `row` is in 0 … rows−1.
  public int fragment(long row) {
    return lastAtMost(firstRow, row);
  }

  /// The row of the version with which a fragment begins.
  public long firstRow(int fragment) {
    return firstRow[fragment];
  }

  /// Live rows as a share of all rows in the chunks that hold a live one: what of the decoded bytes
  /// is used. 1 without live rows.
  public double chunkUtilisation() {
    long read = 0;
    for (int f = 0; f < fragments.size(); f++) {
      read += rowsOfLiveChunks(f);
    }
    return read == 0 ? 1 : (double) samples() / read;
  }

  /// Rows of a fragment in chunks that hold a live row.
  public long rowsOfLiveChunks(int fragment) {
    return fragments.get(fragment).rowsOfLiveChunks();
  }

  /// Fragments.
  public int fragments() {
    return fragments.size();
  }

  /// SHA-256 that names the live rows, as `format-spec/order-v1.md` §10 specifies it: equal for two
  /// spaces of one version exactly if they have the same samples, however these were chosen.
  ///
  /// @return 64 lower-case hexadecimal digits
  public String hash() {
    return RowsHash.of(this);
  }

  /// Calls the visitor with each range of live rows, counted through the version, ascending; ranges
  /// end with their fragments.
  void visit(LiveRows.RangeVisitor visitor) {
    for (int f = 0; f < fragments.size(); f++) {
      long first = firstRow[f];
      fragments.get(f).visit((from, to) -> visitor.range(first + from, first + to));
    }
  }

  FragmentRows fragmentRows(int fragment) {
    return fragments.get(fragment);
  }

  long firstSample(int fragment) {
    return firstSample[fragment];
  }

  /// Rows in the largest chunk of any fragment; 1 without fragments.
  public long largestGroup() {
    return fragments.stream().mapToLong(FragmentRows::groupSamples).max().orElse(1);
  }

  /// The row of the version at which a sample lies; `sample` is in 0 … samples−1.
  public long row(long sample) {
    Objects.checkIndex(sample, samples());
    int fragment = lastAtMost(firstSample, sample);
    return firstRow[fragment] + fragments.get(fragment).row(sample - firstSample[fragment]);
  }

  /// Live rows among some rows of a fragment.
  ///
  /// @param from the first row, counted in the fragment
  /// @param to the end, at most the fragment's rows
  public long samples(int fragment, long from, long to) {
    FragmentRows rows = fragments.get(fragment);
    return rows.liveBefore(to) - rows.liveBefore(from);
  }

  /// The last index whose number is at most the value, or −1; the numbers never fall.
  static int lastAtMost(long[] ascending, long value) {
    int low = 0;
    int high = ascending.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ascending[middle] <= value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }
}
