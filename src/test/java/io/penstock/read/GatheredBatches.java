package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.load.Batch;
import io.penstock.load.LoaderOptions;
import io.penstock.load.RaggedMode;
import io.penstock.load.RaggedWindow;
import io.penstock.load.SampleOrder;
import io.penstock.load.Share;
import io.penstock.load.TensorBatch;
import io.penstock.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/// The batches that an epoch of a [WrittenVersion] has when they are gathered by the sizes of
/// `text`: worked out window by window from the sizes themselves.
final class GatheredBatches {
  private final WrittenVersion version;
  private final LoaderOptions options;
  private final TreeMap<Long, Place> places = new TreeMap<>();

  /// Where a batch stands.
  private record Place(RaggedWindow window, long[] rows, int batch, long next) {}

  /// @param order of the epoch
  GatheredBatches(WrittenVersion version, LoaderOptions options, SampleOrder order, long epoch) {
    this.version = version;
    this.options = options;
    long windowSamples = (long) RaggedWindow.BATCHES * options.batchSize();
    for (long first = 0; first < order.samples(); first += windowSamples) {
      long[] rows = new long[(int) Math.min(windowSamples, order.samples() - first)];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = order.row(first + i);
      }
      RaggedWindow window =
          RaggedWindow.of(
              options.form().ragged(),
              order.shape(),
              options.seed(),
              epoch,
              first / windowSamples,
              new long[][] {Arrays.stream(rows).map(this::size).toArray()},
              (options.tensors().contains("image") ? version.sample("image", 0).length : 0)
                  + (options.tensors().contains("label") ? Long.BYTES : 0));
      for (int batch = 0; batch < window.batches(); batch++) {
        places.put(
            first + window.samplesBefore(batch),
            new Place(window, rows, batch, first + window.samplesBefore(batch + 1)));
      }
    }
  }

  private long size(long row) {
    boolean said =
        options.form().ragged() instanceof RaggedMode.MaxBytes(_, RaggedMode.Pad(long length, _, _))
            && length > 0;
    return said
        ? ((RaggedMode.Pad) options.form().ragged().findLayout().orElseThrow()).length()
        : version.sample("text", row).length;
  }

  /// The indexes of all batches, in their order.
  List<Long> indexes() {
    return List.copyOf(places.keySet());
  }

  /// The index behind the last of some batches.
  long behind(long index) {
    return places.get(index).next();
  }

  /// The rows of a rank's part of a batch.
  long[] rows(long index, Share share) {
    Place place = places.get(index);
    int[] positions = place.window().positions(place.batch(), share);
    return Arrays.stream(positions).mapToLong(position -> place.rows()[position]).toArray();
  }

  /// Compares the part of the options' rank with what it has to hold, byte for byte.
  void check(Batch batch) {
    check(batch, options.share());
  }

  /// The same of another rank.
  void check(Batch batch, Share share) {
    long[] rows = rows(batch.index(), share);
    switch (options.form().ragged()) {
      case RaggedMode.Pack mode -> {
        assertThat(batch.sampleIds()).isEqualTo(rows);
        Place place = places.get(batch.index());
        checkPacked(batch, mode, place.window().rowEnds(place.batch(), share), share);
        checkFixed(batch, rows);
      }
      case RaggedMode.MaxBytes(_, RaggedMode.Pad pad) -> {
        assertThat(batch.sampleIds()).isEqualTo(rows);
        checkPadded(batch, pad);
        checkFixed(batch, rows);
      }
      case RaggedMode.MaxBytes(_, RaggedMode.Offsets _) -> version.check(batch, rows);
      case RaggedMode.Bucket _, RaggedMode.Layout _ -> throw new AssertionError();
    }
    assertThat(batch.mask()).doesNotContain(false);
  }

  private void checkFixed(Batch batch, long[] rows) {
    for (String tensor : batch.tensors()) {
      if (!tensor.equals("text")) {
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        for (long row : rows) {
          expected.writeBytes(version.sample(tensor, row));
        }
        same(batch.tensor(tensor).segment(), expected.toByteArray());
      }
    }
  }

  private static void same(MemorySegment found, byte[] expected) {
    if (found.mismatch(MemorySegment.ofArray(expected)) >= 0) {
      assertThat(found.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
    }
  }

  private void checkPadded(Batch batch, RaggedMode.Pad pad) {
    TensorBatch text = batch.tensor("text");
    long[] ids = batch.sampleIds();
    long longest = Arrays.stream(ids).map(id -> version.sample("text", id).length).max().orElse(0);
    int length = (int) (pad.length() > 0 ? pad.length() : longest);
    assertThat(text.shape()).isEqualTo(Shape.of(ids.length, length));
    byte[] expected = new byte[ids.length * length];
    List<Long> lengths = new ArrayList<>();
    Arrays.fill(expected, (byte) pad.filler());
    for (int i = 0; i < ids.length; i++) {
      byte[] sample = version.sample("text", ids[i]);
      int real = Math.min(length, sample.length);
      System.arraycopy(sample, 0, expected, i * length, real);
      lengths.add((long) real);
    }
    same(text.segment(), expected);
    assertThat(longs(text.lengths())).isEqualTo(lengths);
    assertThat(text.offsets().byteSize()).isZero();
    assertThat(text.segments().byteSize()).isZero();
  }

  private void checkPacked(Batch batch, RaggedMode.Pack mode, int[] rowEnds, Share share) {
    TensorBatch text = batch.tensor("text");
    int rows = mode.rows() / share.worldSize();
    int length = (int) mode.length();
    byte[] elements = new byte[rows * length];
    Arrays.fill(elements, (byte) mode.filler());
    int[] segments = new int[rows * length];
    List<Long> offsets = new ArrayList<>();
    List<Long> lengths = new ArrayList<>();
    int sample = 0;
    for (int row = 0; row < rowEnds.length; row++) {
      int at = row * length;
      for (int number = 1; sample < rowEnds[row]; number++, sample++) {
        byte[] real = version.sample("text", batch.sampleIds()[sample]);
        int kept = Math.min(length, real.length);
        System.arraycopy(real, 0, elements, at, kept);
        Arrays.fill(segments, at, at + kept, number);
        offsets.add((long) at);
        lengths.add((long) kept);
        if (!text.sampleShape(sample).equals(Shape.of(kept))) {
          assertThat(text.sampleShape(sample)).isEqualTo(Shape.of(kept));
        }
        at += kept;
      }
      assertThat(at).isLessThanOrEqualTo((row + 1) * length);
    }
    assertThat(sample).isEqualTo(batch.samples());
    assertThat(text.shape()).isEqualTo(Shape.of(rows, length));
    same(text.segment(), elements);
    assertThat(text.segments().toArray(ValueLayout.JAVA_INT)).isEqualTo(segments);
    assertThat(longs(text.offsets())).isEqualTo(offsets);
    assertThat(longs(text.lengths())).isEqualTo(lengths);
  }

  private static List<Long> longs(MemorySegment segment) {
    return Arrays.stream(segment.toArray(ValueLayout.JAVA_LONG)).boxed().toList();
  }
}
