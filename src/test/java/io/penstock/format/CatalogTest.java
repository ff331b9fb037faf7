package io.penstock.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CatalogTest {
  // Specification: V1-CAT-06

  private static final Digest SHA = Digest.sha256(new byte[] {7});

  @Test
  void aFixedTensorsCatalogComesBackEqual() {
    Catalog catalog = fixed(new int[] {100, 200, 300, 0});
    Catalog back = Catalog.decode("k", catalog.encode(), Examples.LAYOUT, entry(150), "image");

    assertThat(back.groups()).isZero();
    assertThat(back.arrays()).hasSize(1);
    assertSame(back.arrays().getFirst(), catalog.arrays().getFirst());
  }

  @Test
  void aRaggedTensorsCatalogComesBackEqual() {
    Catalog catalog = ragged();
    Catalog back = Catalog.decode("k", catalog.encode(), Examples.LAYOUT, entry(150), "text");

    assertThat(back.groups()).isEqualTo(3);
    assertThat(back.groupFirstChunk(0)).isZero();
    assertThat(back.groupFirstChunk(1)).isEqualTo(2);
    assertThat(back.groupFirstChunk(2)).isEqualTo(5);
    for (int i = 0; i < 3; i++) {
      assertSame(back.arrays().get(i), catalog.arrays().get(i));
    }
  }

  @Test
  void offsetsAreSumsOfTheLengthsBeforeThemInTheirShard() {
    SplittableRandom random = new SplittableRandom(5);
    int[] lengths = random.ints(1000, 0, 1 << 20).toArray();
    ArrayCatalog array = array(lengths, 200);
    for (int chunk = 0; chunk < lengths.length; chunk++) {
      long sum = 0;
      for (int i = chunk - chunk % 200; i < chunk; i++) {
        sum += lengths[i];
      }
      assertThat(array.offset(chunk)).isEqualTo(sum);
    }
  }

  @Test
  void aChunkCostsTwoToThreeBytes() {
    SplittableRandom random = new SplittableRandom(6);
    ArrayLayout layout =
        new ArrayLayout(
            "x",
            DataType.UINT8,
            Shape.of(1024),
            Shape.of(1024, 1024),
            Shape.of(256 * 1024, 1024),
            Examples.plain(DataType.UINT8));
    int chunks = 100 * 256;
    int[] lengths = random.ints(chunks, 600_000, 700_000).toArray();
    Catalog catalog = new Catalog(List.of(array(lengths, 256)), Optional.empty());
    byte[] bytes = catalog.encode();

    assertThat(bytes.length / (double) chunks).isBetween(2.0, 3.0);
    Layout whole = new Layout(1024, List.of(new TensorLayout.Fixed("x", layout)));
    FragmentEntry entry = entry(chunks * 1024L);
    assertSame(
        Catalog.decode("k", bytes, whole, entry, "x").arrays().getFirst(),
        catalog.arrays().getFirst());
  }

  @Test
  void manyGroupsComeBackEqual_acrossBlocks() {
    long rows = 40_000;
    ArrayLayout values = layout("t/values", DataType.UINT8, Shape.SCALAR, 16, 1 << 16);
    ArrayLayout offset = layout("t/offset", DataType.INT64, Shape.SCALAR, 1 << 16, 1 << 16);
    ArrayLayout shape = layout("t/shape", DataType.INT32, Shape.of(1), 1 << 16, 1 << 16);
    Layout layout = new Layout(1, List.of(new TensorLayout.Ragged("t", values, offset, shape)));
    long[] firsts = new long[(int) rows];
    SplittableRandom random = new SplittableRandom(8);
    for (int i = 1; i < rows; i++) {
      firsts[i] = firsts[i - 1] + random.nextInt(3);
    }
    long chunks = Math.ceilDiv(firsts[firsts.length - 1] + 1, 4096L) * 4096;
    int[] lengths = new int[(int) chunks];
    java.util.Arrays.fill(lengths, 20);
    Catalog catalog =
        new Catalog(
            List.of(array(lengths, 4096), array(new int[] {5}, 1), array(new int[] {6}, 1)),
            Optional.of(firsts));
    FragmentEntry entry = entry(rows, List.of(new TensorExtent("t", 0, chunks * 16, 1, 1)));
    Catalog back = Catalog.decode("k", catalog.encode(), layout, entry, "t");
    for (int i = 0; i < rows; i++) {
      assertThat(back.groupFirstChunk(i)).isEqualTo(firsts[i]);
    }
  }

  @Test
  void anyFlippedBitIsFound() {
    byte[] bytes = ragged().encode();
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertCorrupt(flipped, "catalog");
    }
  }

  @Test
  void anyTruncationIsFound() {
    byte[] bytes = ragged().encode();
    for (int length = 0; length < bytes.length; length++) {
      assertCorrupt(java.util.Arrays.copyOf(bytes, length), "catalog");
    }
    assertCorrupt(java.util.Arrays.copyOf(bytes, bytes.length + 1), "catalog");
  }

  @Test
  void aCatalogOfAnotherFragmentIsFound() {
    byte[] bytes = fixed(new int[] {100, 200, 300, 0}).encode();
    assertThatThrownBy(() -> Catalog.decode("k", bytes, Examples.LAYOUT, entry(300), "image"))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("chunks: found 4, expected 8");
  }

  @Test
  void aShardWhoseLengthIsNotThatOfItsPartsIsFound() {
    Catalog catalog =
        new Catalog(
            List.of(
                new ArrayCatalog(
                    new int[] {1, 2, 3, 4}, 4, List.of(new ArrayCatalog.Shard(79, SHA)))),
            Optional.empty());
    assertThatThrownBy(
            () -> Catalog.decode("k", catalog.encode(), Examples.LAYOUT, entry(150), "image"))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("bytes of shard 0: found 79, expected 78");
  }

  @Test
  void moreChunksThanMemoryMayHoldAreRefusedBeforeAllocation() {
    byte[] bytes = ragged().encode();
    assertThatThrownBy(() -> Catalog.decode("k", bytes, Examples.LAYOUT, entry(1L << 40), "image"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("exceeds 67108864");
  }

  private static void assertCorrupt(byte[] bytes, String words) {
    assertThatThrownBy(() -> Catalog.decode("k", bytes, Examples.LAYOUT, entry(150), "text"))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("object k")
        .hasMessageContaining(words)
        .extracting(e -> ((CorruptDataException) e).code())
        .isEqualTo(ErrorCode.METADATA_CORRUPT);
  }

  static void assertSame(Catalog found, Catalog expected) {
    assertThat(found.arrays()).hasSameSizeAs(expected.arrays());
    for (int i = 0; i < expected.arrays().size(); i++) {
      assertSame(found.arrays().get(i), expected.arrays().get(i));
    }
    assertThat(found.groups()).isEqualTo(expected.groups());
    for (long group = 0; group < expected.groups(); group++) {
      assertThat(found.groupFirstChunk(group)).isEqualTo(expected.groupFirstChunk(group));
    }
  }

  private static void assertSame(ArrayCatalog found, ArrayCatalog expected) {
    assertThat(found.chunksPerShard()).isEqualTo(expected.chunksPerShard());
    assertThat(found.shards()).isEqualTo(expected.shards());
    assertThat(found.chunks()).isEqualTo(expected.chunks());
    for (long chunk = 0; chunk < expected.chunks(); chunk++) {
      assertThat(found.length(chunk)).isEqualTo(expected.length(chunk));
    }
  }

  static Catalog fixed(int[] lengths) {
    return new Catalog(List.of(array(lengths, 4)), Optional.empty());
  }

  /// 150 samples in groups of 64.
  static Catalog ragged() {
    return new Catalog(
        List.of(
            array(new int[] {500, 501, 502, 503, 504, 505, 0, 0}, 4),
            array(new int[] {60, 61, 62, 0}, 4),
            array(new int[] {50, 51, 52, 0}, 4)),
        Optional.of(new long[] {0, 2, 5}));
  }

  private static ArrayCatalog array(int[] lengths, int chunksPerShard) {
    List<ArrayCatalog.Shard> shards = new ArrayList<>();
    for (int first = 0; first < lengths.length; first += chunksPerShard) {
      long bytes = 0;
      for (int i = first; i < first + chunksPerShard; i++) {
        bytes += lengths[i];
      }
      shards.add(new ArrayCatalog.Shard(bytes == 0 ? 0 : bytes + 16L * chunksPerShard + 4, SHA));
    }
    return new ArrayCatalog(lengths, chunksPerShard, shards);
  }

  private static ArrayLayout layout(
      String path, DataType type, Shape inner, long chunk, long shard) {
    return new ArrayLayout(
        path, type, inner, inner.prepend(chunk), inner.prepend(shard), Examples.plain(type));
  }

  static FragmentEntry entry(long rows) {
    return entry(rows, List.of(new TensorExtent("text", 0, 6000, 1, 1)));
  }

  private static FragmentEntry entry(long rows, List<TensorExtent> extents) {
    return new FragmentEntry("f", 0, rows, 0, 0, SHA, SHA, extents, Optional.empty());
  }
}
