package io.penstock.load;

/// Live rows as one bit for each row, and a count for each block of 1,024 rows: for rows that are
/// scattered, 1.06 bits a row whatever the pattern.
final class RowBits implements LiveRows {
  private static final int BLOCK_WORDS = 16;
  private static final int BLOCK_SHIFT = 10; // rows of a block: 64 · 16

  private final long[] words; // bit r of them all is row r; none at or behind the number of rows
  private final long[] before; // live rows before each block; then all

  /// Takes ownership of the words.
  RowBits(long[] words) {
    this.words = words;
    before = new long[Math.ceilDiv(words.length, BLOCK_WORDS) + 1];
    for (int block = 0; block + 1 < before.length; block++) {
      before[block + 1] = before[block] + count(block * BLOCK_WORDS, end(block));
    }
  }

  /// What so many rows take.
  static long bytes(long rows) {
    return Math.ceilDiv(rows, 64) * Long.BYTES * (BLOCK_WORDS + 1) / BLOCK_WORDS;
  }

  private int end(int block) {
    return Math.min(words.length, (block + 1) * BLOCK_WORDS);
  }

  private long count(int fromWord, int toWord) {
    long count = 0;
    for (int word = fromWord; word < toWord; word++) {
      count += Long.bitCount(words[word]);
    }
    return count;
  }

  @Override
  public long live() {
    return before[before.length - 1];
  }

  @Override
  public long row(long live) {
    int block = SampleSpace.lastAtMost(before, live);
    long left = live - before[block];
    int word = block * BLOCK_WORDS;
    for (int bits = Long.bitCount(words[word]); bits <= left; bits = Long.bitCount(words[word])) {
      left -= bits;
      word++;
    }
    // Puts one bit onto the place of the set bit with that number.
    long bit = Long.expand(1L << left, words[word]);
    return 64L * word + Long.numberOfTrailingZeros(bit);
  }

  @Override
  public long liveBefore(long row) {
    int word = Math.toIntExact(Math.min(row >>> 6, words.length));
    if (word == words.length) {
      return live();
    }
    int block = Math.toIntExact(row >>> BLOCK_SHIFT);
    long inWord = words[word] & ((1L << row) - 1);
    return before[block] + count(block * BLOCK_WORDS, word) + Long.bitCount(inWord);
  }

  @Override
  public void visit(RangeVisitor visitor) {
    visit(words, 0, 64L * words.length, visitor);
  }

  /// Calls the visitor with each range of set bits of a bitmap, cut to some of its bits.
  static void visit(long[] words, long from, long to, RangeVisitor visitor) {
    long first = next(words, from, to, 0);
    while (first < to) {
      long end = next(words, first, to, -1);
      visitor.range(first, end);
      first = next(words, end, to, 0);
    }
  }

  /// The first bit at or behind `from` that is set, or, with all ones as `flip`, that is not; `to`
  /// if there is none before.
  private static long next(long[] words, long from, long to, long flip) {
    long at = from;
    while (at < to) {
      long rest = (words[Math.toIntExact(at >>> 6)] ^ flip) >>> at;
      if (rest != 0) {
        return Math.min(to, at + Long.numberOfTrailingZeros(rest));
      }
      at = (at | 63) + 1;
    }
    return to;
  }
}
