package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;

/// Rows of a version in the course of being chosen: it begins with all samples of a space, and what
/// does not belong is taken away. Takes one bit of heap for each row of the version. One thread at
/// a time.
public final class RowSelection {
  /// The most rows of a version that can be chosen from: what one array of bits holds.
  public static final long MAX_ROWS = 1L << 36;

  private final SampleSpace all;
  private final long[] words;

  private RowSelection(SampleSpace all) {
    if (all.rows() > MAX_ROWS) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          "rows can be chosen from at most 2^36; the version has " + all.rows());
    }
    this.all = all;
    words = new long[Math.toIntExact(Math.ceilDiv(all.rows(), 64))];
  }

  /// All samples of a space.
  ///
  /// @throws RefusedException with code `LIMIT_EXCEEDED` for a space of more than 2^36 rows
  public static RowSelection all(SampleSpace space) {
    RowSelection selection = new RowSelection(space);
    space.visit(selection::add);
    return selection;
  }

  /// No sample of a space.
  ///
  /// @throws RefusedException with code `LIMIT_EXCEEDED` for a space of more than 2^36 rows
  public static RowSelection none(SampleSpace space) {
    return new RowSelection(space);
  }

  /// Adds the rows `from` (inclusive) to `to` (exclusive), which are rows of the version.
  public void add(long from, long to) {
    long at = from;
    while (at < to) {
      long end = Math.min(to, (at | 63) + 1);
      words[Math.toIntExact(at >>> 6)] |= (-1L >>> (64 - (end - at))) << at;
      at = end;
    }
  }

  /// Whether a row is among the chosen ones.
  public boolean contains(long row) {
    return (words[Math.toIntExact(row >>> 6)] >>> row & 1) != 0;
  }

  /// Whether one of the rows `from` (inclusive) to `to` (exclusive) is among the chosen ones.
  public boolean containsAny(long from, long to) {
    boolean[] any = {false};
    RowBits.visit(words, from, to, (_, _) -> any[0] = true);
    return any[0];
  }

  /// Takes away those of the rows `from` (inclusive) to `to` (exclusive) that fail a test, which is
  /// made for the rows that are still chosen only.
  public void retain(long from, long to, LongPredicate test) {
    RowBits.visit(
        words,
        from,
        to,
        (first, end) -> {
          for (long row = first; row < end; row++) {
            if (!test.test(row)) {
              words[Math.toIntExact(row >>> 6)] &= ~(1L << row);
            }
          }
        });
  }

  /// Takes away what another selection of the same space has not.
  public void retainAll(RowSelection other) {
    for (int i = 0; i < words.length; i++) {
      words[i] &= other.words[i];
    }
  }

  /// Takes away what another selection of the same space has.
  public void removeAll(RowSelection other) {
    for (int i = 0; i < words.length; i++) {
      words[i] &= ~other.words[i];
    }
  }

  /// The chosen rows, in the fragments of the space; as ranges or as bits, whatever is smaller.
  public SampleSpace space() {
    List<FragmentRows> fragments = new ArrayList<>();
    for (int f = 0; f < all.fragments(); f++) {
      FragmentRows fragment = all.fragmentRows(f);
      fragments.add(fragment.with(live(all.firstRow(f), fragment.rows())));
    }
    return SampleSpace.of(fragments);
  }

  private LiveRows live(long first, long rows) {
    long[] count = {0};
    RowBits.visit(words, first, first + rows, (_, _) -> count[0]++);
    if (count[0] * RowRanges.RANGE_BYTES > RowBits.bytes(rows)) {
      return new RowBits(bits(first, rows));
    }
    long[] from = new long[Math.toIntExact(count[0])];
    long[] to = new long[from.length];
    int[] at = {0};
    RowBits.visit(
        words,
        first,
        first + rows,
        (start, end) -> {
          from[at[0]] = start - first;
          to[at[0]++] = end - first;
        });
    return new RowRanges(from, to);
  }

  /// The bits of some rows, the first of them as bit 0.
  private long[] bits(long first, long rows) {
    long[] bits = new long[Math.toIntExact(Math.ceilDiv(rows, 64))];
    for (int i = 0; i < bits.length; i++) {
      long at = first + 64L * i;
      int word = Math.toIntExact(at >>> 6);
      bits[i] = words[word] >>> at;
      if ((at & 63) != 0 && word + 1 < words.length) {
        bits[i] |= words[word + 1] << -at;
      }
    }
    if ((rows & 63) != 0) {
      bits[bits.length - 1] &= (1L << rows) - 1;
    }
    return bits;
  }
}
