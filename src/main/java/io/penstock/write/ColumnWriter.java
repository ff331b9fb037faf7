package io.penstock.write;

import io.penstock.format.ArrayCatalog;
import io.penstock.format.Catalog;
import io.penstock.format.ObjectDigest;
import io.penstock.format.TensorExtent;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Writes one tensor of a fragment. One thread at a time.
sealed interface ColumnWriter {
  /// Appends samples. Waits for memory.
  void append(Rows rows);

  /// Passes on what is left.
  void finish();

  /// What the tensor amounts to; only after all uploads have ended.
  Outcome outcome();

  /// A finished tensor.
  ///
  /// @param extent for the fragment's entry
  /// @param catalog of its arrays
  /// @param objects its shards
  record Outcome(TensorExtent extent, Catalog catalog, List<ObjectDigest> objects) {
    private static Outcome of(
        List<ArrayPacker> arrays,
        Optional<long[]> groupFirstChunks,
        java.util.function.LongFunction<TensorExtent> extent) {
      List<ArrayCatalog> catalogs = new ArrayList<>();
      List<ObjectDigest> objects = new ArrayList<>();
      for (ArrayPacker array : arrays) {
        catalogs.add(array.catalog());
        objects.addAll(array.objects());
      }
      long storedBytes = objects.stream().mapToLong(ObjectDigest::bytes).sum();
      return new Outcome(
          extent.apply(storedBytes), new Catalog(catalogs, groupFirstChunks), objects);
    }
  }

  /// Samples of one shape: one array.
  final class Fixed implements ColumnWriter {
    private final String tensor;
    private final ArrayPacker packer;
    private final SampleArray array;
    private final long groupSamples;
    private final long sampleBytes;
    private long rows;

    Fixed(
        String tensor, ArrayPacker packer, SampleArray array, long groupSamples, long sampleBytes) {
      this.tensor = tensor;
      this.packer = packer;
      this.array = array;
      this.groupSamples = groupSamples;
      this.sampleBytes = sampleBytes;
    }

    @Override
    public void append(Rows samples) {
      array.append(samples.elements(), 0, samples.count());
      rows += samples.count();
    }

    @Override
    public void finish() {
      array.finish();
    }

    @Override
    public Outcome outcome() {
      long groupBytes = Math.min(groupSamples, rows) * sampleBytes;
      return Outcome.of(
          List.of(packer),
          Optional.empty(),
          stored -> new TensorExtent(tensor, stored, 0, groupBytes, sampleBytes));
    }
  }

  /// Samples of shapes of their own: three arrays.
  final class Ragged implements ColumnWriter {
    private final String tensor;
    private final List<ArrayPacker> packers;
    private final ValuesArray values;
    private final SampleArray offsets;
    private final SampleArray shapes;

    /// @param packers of values, offset and shape
    Ragged(
        String tensor,
        List<ArrayPacker> packers,
        ValuesArray values,
        SampleArray offsets,
        SampleArray shapes) {
      this.tensor = tensor;
      this.packers = packers;
      this.values = values;
      this.offsets = offsets;
      this.shapes = shapes;
    }

    @Override
    public void append(Rows samples) {
      shapes.append(samples.shapes(), 0, samples.count());
      long at = 0;
      for (long sample = 0; sample < samples.count(); sample++) {
        long bytes = samples.bytes(sample);
        values.append(samples.elements(), at, bytes);
        at += bytes;
      }
    }

    @Override
    public void finish() {
      values.finish();
      offsets.finish();
      shapes.finish();
    }

    @Override
    public Outcome outcome() {
      return Outcome.of(
          packers,
          Optional.of(values.groupFirstChunks()),
          stored ->
              new TensorExtent(
                  tensor,
                  stored,
                  values.elements(),
                  values.largestGroupBytes(),
                  values.largestSampleBytes()));
    }
  }

  /// Passes one offset at a time to the array of offsets.
  static java.util.function.LongConsumer offsetsTo(SampleArray array) {
    long[] one = new long[1];
    MemorySegment row = MemorySegment.ofArray(one);
    return offset -> {
      one[0] = offset;
      array.append(row, 0, 1);
    };
  }
}
