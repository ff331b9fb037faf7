package io.penstock.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LabelSketchTest {
  // Specification: V1-SKE-01, V1-SKE-03, V1-SKE-07

  /// 30 rows in groups of 4, labels −1 to 2: what `sketch.bin` holds.
  static final LabelSketch SKETCH =
      new LabelSketch(
          30, 4, new long[] {11, 28, 54, 105}, new long[] {-1, 0, 1, 2}, new long[] {8, 8, 8, 6});

  @Test
  void sketchesHaveTheseBytes() throws IOException {
    byte[] golden = VectorsTest.vector("sketch.bin");
    LabelSketch found = LabelSketch.decode("k", golden, 30, 4);
    assertThat(found.encode()).isEqualTo(golden);
    assertThat(found).isEqualTo(read(golden));
    byte[] one = VectorsTest.vector("sketch-one.bin");
    LabelSketch single =
        new LabelSketch(1, 64, new long[1], new long[] {Long.MAX_VALUE}, new long[] {1});
    assertThat(single.encode()).isEqualTo(one);
    assertThat(LabelSketch.decode("k", one, 1, 64)).isEqualTo(single);
  }

  /// Reads without the parser, byte by byte.
  private static LabelSketch read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes, 8, bytes.length - 8).order(ByteOrder.LITTLE_ENDIAN);
    long rows = in.getLong();
    long groupSamples = in.getLong();
    long[] pairs = new long[in.getInt()];
    long[] labels = new long[in.getInt()];
    long[] counts = new long[labels.length];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = in.getLong();
    }
    for (int i = 0; i < labels.length; i++) {
      labels[i] = in.getLong();
      counts[i] = in.getLong();
    }
    return new LabelSketch(rows, groupSamples, pairs, labels, counts);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 64, 1",
    "64, 64, 1",
    "65, 64, 2",
    "128, 64, 2",
    "129, 64, 3",
    "5, 1, 4",
    "2147483647, 1, 32",
    "2147483647, 9007199254740991, 1",
  })
  void theLastRunLengthIsTheFirstThatHoldsAllRows(long rows, long groupSamples, int lengths) {
    assertThat(LabelSketch.lengths(rows, groupSamples)).isEqualTo(lengths);
  }

  @ParameterizedTest
  @EnumSource
  void tensorsOfOneIntegerASampleFit(DataType type) {
    assertThat(LabelSketch.fits(TensorSpec.of("x", type, Shape.SCALAR))).isEqualTo(type.integral());
    assertThat(LabelSketch.fits(TensorSpec.of("x", type, Shape.of(1, 1))))
        .isEqualTo(type.integral());
    assertThat(LabelSketch.fits(TensorSpec.of("x", type, Shape.of(2)))).isFalse();
    assertThat(LabelSketch.fits(TensorSpec.of("x", type, Shape.of(0)))).isFalse();
    assertThat(LabelSketch.fits(TensorSpec.of("x", type, Shape.of(Shape.RAGGED)))).isFalse();
  }

  @Test
  void anyFlippedBitAndAnyOtherLengthIsFound() {
    byte[] bytes = SKETCH.encode();
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertCorrupt(flipped, "sketch: ");
    }
    for (int length = 0; length < bytes.length; length++) {
      assertCorrupt(Arrays.copyOf(bytes, length), "sketch: ");
    }
    assertCorrupt(Arrays.copyOf(bytes, bytes.length + 1), "sketch: ");
    assertCorrupt(new byte[(int) LabelSketch.MAX_BYTES + 1], "a sketch has at most");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, does not begin with PENSKET1",
    "8, 31, 'rows: found 31, expected 30'",
    "16, 5, 'group samples: found 5, expected 4'",
    "24, 5, 'run lengths: found 5, expected 4'",
    "28, 0, '0 labels, expected 1 to 30'",
    "28, 31, '31 labels, expected 1 to 30'",
    "28, -1, '-1 labels, expected 1 to 30'",
    "28, 5, 'bytes: found 132, expected 148'",
    "32, -1, '-1 pairs in runs of length 0, at least 0'",
    "40, 10, '10 pairs in runs of length 1, at least 11'",
    "56, 104, 'pairs of all rows: found 104, expected 99'",
    "64, 0, 'label 0 stands behind 0'",
    "72, 0, 'count 0 of label -1'",
    "72, -1, 'count -1 of label -1'",
    "72, 31, 'count 31 of label -1'",
    "72, 7, 'sum of counts: found 29, expected 30'",
    "72, 9, 'count 6 of label 2'",
  })
  void numbersThatContradictEachOtherAreFound(int at, long number, String words) {
    byte[] bytes = SKETCH.encode();
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (at == 24 || at == 28) {
      buffer.putInt(at, (int) number);
    } else {
      buffer.putLong(at, number);
    }
    buffer.putInt(bytes.length - 4, CatalogFormat.crc(bytes, 0, bytes.length - 4));
    assertCorrupt(bytes, words);
  }

  private static void assertCorrupt(byte[] bytes, String words) {
    assertThatThrownBy(() -> LabelSketch.decode("__penstock/sketches/f/t", bytes, 30, 4))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("__penstock/sketches/f/t")
        .hasMessageContaining(words)
        .extracting(e -> ((PenstockException) e).code())
        .isEqualTo(ErrorCode.METADATA_CORRUPT);
  }
}
