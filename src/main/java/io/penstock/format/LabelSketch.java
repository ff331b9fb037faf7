package io.penstock.format;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// How much the labels of samples that lie together have in common, in one small object: enough for
/// the intra-run correlation of one fragment, and of several together, without reading a label. Of
/// a tensor with one bool or integer for each sample. Advice: nothing but predictions depends on
/// it. Immutable, thread-safe.
///
/// ```
/// sketch = "PENSKET1" rows:u64 group_samples:u64 lengths:u32 labels:u32
///          pairs:u64[lengths] (label:u64 count:u64)[labels] crc:u32
/// ```
///
/// Integers are little-endian; the CRC-32C covers all before it.
public final class LabelSketch {
  /*
   * For labels the correlation inside runs of L follows from how many pairs of equal labels lie in
   * one run, and from how often each label comes in all. The first is kept for run lengths that
   * double, from one group to the whole fragment, so that the sketch has a few dozen numbers however
   * many runs there are; lengths between them are interpolated by whoever reads it. The second is
   * exact, because it must be added up over fragments: one that has a single label says nothing by
   * itself.
   */

  /// The most labels of a sketch; with more of them a tensor is an id rather than a label.
  public static final int MAX_LABELS = 1 << 15;

  /// The most rows of a fragment that has sketches.
  public static final long MAX_ROWS = Integer.MAX_VALUE;

  private static final byte[] MAGIC = "PENSKET1".getBytes(StandardCharsets.US_ASCII);
  private static final int HEAD_BYTES = MAGIC.length + 2 * Long.BYTES + 2 * Integer.BYTES;
  private static final int LABEL_BYTES = 2 * Long.BYTES;
  private static final int CRC_BYTES = Integer.BYTES;

  /// The most bytes of a sketch.
  public static final long MAX_BYTES =
      HEAD_BYTES + (long) Long.SIZE * Long.BYTES + (long) MAX_LABELS * LABEL_BYTES + CRC_BYTES;

  private final long rows;
  private final long groupSamples;
  private final long[] pairs;
  private final long[] labels;
  private final long[] counts;

  /// A sketch of these numbers; takes ownership of the arrays.
  ///
  /// @param rows of the fragment, 1 to 2^31 − 1
  /// @param groupSamples of the fragment (c)
  /// @param pairs for runs of c, 2c, 4c … rows up to the first that holds all rows: pairs of rows
  ///   of one run that have the same label; runs are counted from row 0, the last may be short
  /// @param labels different ones, ascending; bools as 0 and 1, uint64 as the bits of a long
  /// @param counts how often each of them comes
  public LabelSketch(long rows, long groupSamples, long[] pairs, long[] labels, long[] counts) {
    this.rows = rows;
    this.groupSamples = groupSamples;
    this.pairs = pairs;
    this.labels = labels;
    this.counts = counts;
  }

  /// Whether a tensor can have a sketch: it has one bool or integer for each sample.
  public static boolean fits(TensorSpec tensor) {
    return !tensor.ragged() && tensor.type().integral() && tensor.sampleShape().elements() == 1;
  }

  /// How many run lengths a sketch of so many rows has.
  public static int lengths(long rows, long groupSamples) {
    return Long.SIZE - Long.numberOfLeadingZeros((rows - 1) / groupSamples) + 1;
  }

  /// Rows of the fragment.
  public long rows() {
    return rows;
  }

  /// Rows of the shortest runs that it knows.
  public long groupSamples() {
    return groupSamples;
  }

  /// How many run lengths it knows: each is twice the one before.
  public int lengths() {
    return pairs.length;
  }

  /// Pairs of rows of one run that have the same label, in runs of c·2^`length` rows.
  public long pairs(int length) {
    return pairs[length];
  }

  /// How many different labels there are.
  public int labels() {
    return labels.length;
  }

  /// One of the labels; they ascend.
  public long label(int index) {
    return labels[index];
  }

  /// How many rows have a label.
  public long count(int index) {
    return counts[index];
  }

  /// The bytes of this sketch.
  public byte[] encode() {
    byte[] bytes =
        new byte[HEAD_BYTES + pairs.length * Long.BYTES + labels.length * LABEL_BYTES + CRC_BYTES];
    ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    out.put(MAGIC).putLong(rows).putLong(groupSamples);
    out.putInt(pairs.length).putInt(labels.length);
    for (long each : pairs) {
      out.putLong(each);
    }
    for (int i = 0; i < labels.length; i++) {
      out.putLong(labels[i]).putLong(counts[i]);
    }
    out.putInt(CatalogFormat.crc(bytes, 0, out.position()));
    return bytes;
  }

  /// The sketch of a tensor of a fragment.
  ///
  /// @param key where the bytes lie, for messages
  /// @param rows of the fragment
  /// @param groupSamples of the fragment
  /// @throws CorruptDataException with code `METADATA_CORRUPT`
  public static LabelSketch decode(String key, byte[] bytes, long rows, long groupSamples) {
    return new Parser(key, bytes).sketch(rows, groupSamples);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LabelSketch that
        && rows == that.rows
        && groupSamples == that.groupSamples
        && Arrays.equals(pairs, that.pairs)
        && Arrays.equals(labels, that.labels)
        && Arrays.equals(counts, that.counts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(pairs) + 31 * Arrays.hashCode(labels);
  }

  /// Its rows and its labels.
  @Override
  public String toString() {
    return "sketch of " + rows + " rows, " + labels.length + " labels";
  }

  /// Reads from front to back; nothing is allocated before the lengths are known to agree.
  private static final class Parser {
    private final String key;
    private final byte[] bytes;
    private final ByteBuffer in;

    Parser(String key, byte[] bytes) {
      this.key = key;
      this.bytes = bytes;
      this.in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    LabelSketch sketch(long rows, long groupSamples) {
      if (bytes.length < HEAD_BYTES + CRC_BYTES || bytes.length > MAX_BYTES) {
        throw corrupt(bytes.length + " bytes, a sketch has at most " + MAX_BYTES);
      }
      byte[] magic = new byte[MAGIC.length];
      in.get(magic);
      if (!Arrays.equals(magic, MAGIC)) {
        throw corrupt("does not begin with PENSKET1");
      }
      int covered = bytes.length - CRC_BYTES;
      expect("crc", in.getInt(covered), CatalogFormat.crc(bytes, 0, covered));
      expect("rows", in.getLong(), rows);
      expect("group samples", in.getLong(), groupSamples);
      int lengths = lengths(rows, groupSamples);
      expect("run lengths", in.getInt(), lengths);
      int labels = in.getInt();
      if (labels < 1 || labels > Math.min(MAX_LABELS, rows)) {
        throw corrupt(labels + " labels, expected 1 to " + Math.min(MAX_LABELS, rows));
      }
      expect("bytes", bytes.length, head(lengths) + (long) labels * LABEL_BYTES + CRC_BYTES);
      LabelSketch sketch =
          new LabelSketch(
              rows, groupSamples, new long[lengths], new long[labels], new long[labels]);
      fill(sketch);
      return sketch;
    }

    private static int head(int lengths) {
      return HEAD_BYTES + lengths * Long.BYTES;
    }

    private void fill(LabelSketch sketch) {
      long fewest = 0;
      for (int i = 0; i < sketch.pairs.length; i++) {
        sketch.pairs[i] = in.getLong();
        if (sketch.pairs[i] < fewest) {
          throw corrupt(sketch.pairs[i] + " pairs in runs of length " + i + ", at least " + fewest);
        }
        fewest = sketch.pairs[i];
      }
      long sum = 0;
      long all = 0;
      for (int i = 0; i < sketch.labels.length; i++) {
        sketch.labels[i] = in.getLong();
        if (i > 0 && sketch.labels[i] <= sketch.labels[i - 1]) {
          throw corrupt("label " + sketch.labels[i] + " stands behind " + sketch.labels[i - 1]);
        }
        long count = in.getLong();
        if (count < 1 || count > sketch.rows - sum) {
          throw corrupt("count " + count + " of label " + sketch.labels[i] + " is out of range");
        }
        sketch.counts[i] = count;
        sum += count;
        all += count * (count - 1) / 2;
      }
      expect("sum of counts", sum, sketch.rows);
      expect("pairs of all rows", fewest, all);
    }

    private void expect(String what, long found, long expected) {
      if (found != expected) {
        throw corrupt(what + ": found " + found + ", expected " + expected);
      }
    }

    private CorruptDataException corrupt(String detail) {
      return new CorruptDataException(ErrorCode.METADATA_CORRUPT, key, "sketch: " + detail);
    }
  }
}
