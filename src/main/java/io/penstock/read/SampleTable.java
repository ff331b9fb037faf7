package io.penstock.read;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.format.TensorSpec;
import io.penstock.read.FixedPlan.Part;
import io.penstock.read.TensorReads.SampleRun;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where some ragged samples begin and what shapes they have, read and checked. Immutable.
final class SampleTable {
  private final TensorSpec spec;
  private final int[] lengths; // of all axes of each sample in turn
  private final long[] offsets; // of each sample among the values of its fragment, in elements
  private final long[] starts; // of each sample where they are put together
  private final long end; // elements of all that they are put into

  private SampleTable(TensorSpec spec, int[] lengths, long[] offsets, int samples) {
    this.spec = spec;
    this.lengths = lengths;
    this.offsets = offsets;
    this.starts = new long[samples];
    long next = 0;
    for (int i = 0; i < samples; i++) {
      starts[i] = next;
      next = Math.addExact(next, elements(i));
    }
    this.end = next;
  }

  private SampleTable(SampleTable same, int[] lengths, long[] starts, long end) {
    this.spec = same.spec;
    this.lengths = lengths;
    this.offsets = same.offsets;
    this.starts = starts;
    this.end = end;
  }

  /// The same samples, cut off behind a length of their first axis, and each put where it would be
  /// if all had that length.
  SampleTable padded(long length) {
    int[] cut = cutOff(length);
    long each = Math.multiplyExact(length, spec.sampleShape().productFrom(1));
    long all = Math.multiplyExact(each, samples());
    long[] places = new long[samples()];
    for (int i = 0; i < places.length; i++) {
      places[i] = i * each;
    }
    return new SampleTable(this, cut, places, all);
  }

  /// The same samples, cut off behind the length of a row, and each put where it would be if rows
  /// were filled one after the other.
  ///
  /// @param length of a row
  /// @param rows that there is room for
  /// @param rowEnds where rows end among the samples
  SampleTable packed(long length, int rows, int[] rowEnds) {
    int rank = spec.sampleShape().rank();
    long inner = spec.sampleShape().productFrom(1);
    int[] cut = cutOff(length);
    long ofRow = Math.multiplyExact(length, inner);
    long[] places = new long[samples()];
    int sample = 0;
    for (int row = 0; row < rowEnds.length; row++) {
      long next = row * ofRow;
      for (; sample < rowEnds[row]; sample++) {
        places[sample] = next;
        next += cut[sample * rank] * inner;
      }
    }
    return new SampleTable(this, cut, places, Math.multiplyExact(ofRow, rows));
  }

  /// The lengths of all axes, with none of a first axis above one.
  private int[] cutOff(long length) {
    int rank = spec.sampleShape().rank();
    int[] cut = lengths.clone();
    for (int i = 0; i < samples(); i++) {
      cut[i * rank] = (int) Math.min(cut[i * rank], length);
    }
    return cut;
  }

  String tensor() {
    return spec.name();
  }

  /// Length of a sample's first axis.
  long length(int sample) {
    return lengths[sample * spec.sampleShape().rank()];
  }

  /// The greatest length; 0 without samples.
  long longest() {
    long longest = 0;
    for (int i = 0; i < samples(); i++) {
      longest = Math.max(longest, length(i));
    }
    return longest;
  }

  /// A table of samples of other tables.
  ///
  /// @param tables one for each sample; may be the same one
  /// @param places of the samples in their tables
  static SampleTable gather(TensorSpec spec, SampleTable[] tables, int[] places) {
    int rank = spec.sampleShape().rank();
    int[] lengths = new int[Math.multiplyExact(places.length, rank)];
    long[] offsets = new long[places.length];
    for (int i = 0; i < places.length; i++) {
      System.arraycopy(tables[i].lengths, places[i] * rank, lengths, i * rank, rank);
      offsets[i] = tables[i].offsets[places[i]];
    }
    return new SampleTable(spec, lengths, offsets, places.length);
  }

  /// Reads the entries of some samples. Blocks.
  ///
  /// @param withOffsets whether the values will be read too
  static SampleTable load(
      TensorReads reads, TensorSpec spec, long[] positions, boolean withOffsets) {
    int rank = spec.sampleShape().rank();
    int[] lengths = new int[Math.multiplyExact(positions.length, rank)];
    long[] offsets = new long[withOffsets ? positions.length : 0];
    List<Part> parts = FixedPlan.parts(reads.source(), spec.name(), SampleRun.of(positions, 0));
    ReadPlanner planner = new ReadPlanner(reads.rules());
    for (Part part : parts) {
      StoredTensor.Ragged ragged = (StoredTensor.Ragged) part.tensor();
      planner.add(ragged.shape(), rows(part, 0, rank, Integer.BYTES));
      if (withOffsets) {
        planner.add(ragged.offset(), rows(part, 1, Long.BYTES));
      }
    }
    reads.run(planner.plan(), MemorySegment.ofArray(lengths), MemorySegment.ofArray(offsets));
    check(spec, parts, lengths, offsets);
    return new SampleTable(spec, lengths, offsets, positions.length);
  }

  private static ReadPlanner.Box rows(Part part, int target, long elementBytes) {
    return new ReadPlanner.Box(
        new long[] {part.row()},
        new long[] {part.run().count()},
        target,
        part.run().row() * elementBytes,
        new long[] {elementBytes});
  }

  private static ReadPlanner.Box rows(Part part, int target, int columns, long elementBytes) {
    long rowBytes = columns * elementBytes;
    return new ReadPlanner.Box(
        new long[] {part.row(), 0},
        new long[] {part.run().count(), columns},
        target,
        part.run().row() * rowBytes,
        new long[] {rowBytes, elementBytes});
  }

  private static void check(TensorSpec spec, List<Part> parts, int[] lengths, long[] offsets) {
    int rank = spec.sampleShape().rank();
    long[] dimensions = new long[rank];
    for (Part part : parts) {
      StoredTensor.Ragged ragged = (StoredTensor.Ragged) part.tensor();
      for (int i = 0; i < part.run().count(); i++) {
        int at = Math.toIntExact(part.run().row()) + i;
        for (int axis = 0; axis < rank; axis++) {
          dimensions[axis] = lengths[at * rank + axis];
        }
        long offset = offsets.length == 0 ? 0 : offsets[at];
        CorruptDataException damage = damage(spec, ragged, dimensions, offset);
        if (damage != null) {
          throw TensorReads.inSample(
              ragged.offset(), part.row() + i, part.run().from() + i, damage);
        }
      }
    }
  }

  private static @Nullable CorruptDataException damage(
      TensorSpec spec, StoredTensor.Ragged ragged, long[] dimensions, long offset) {
    if (!fits(spec, dimensions)) {
      return new CorruptDataException(
          ErrorCode.DATA_CORRUPT,
          "a sample of shape "
              + Arrays.toString(dimensions)
              + " in a tensor of shape "
              + spec.sampleShape());
    }
    long available = ragged.values().length(0);
    long elements = elements(dimensions, available);
    if (elements < 0 || offset < 0 || offset > available - elements) {
      return new CorruptDataException(
          ErrorCode.DATA_CORRUPT,
          "a sample of shape "
              + Arrays.toString(dimensions)
              + " at element "
              + offset
              + " of "
              + available);
    }
    return null;
  }

  private static boolean fits(TensorSpec spec, long[] dimensions) {
    for (int axis = 0; axis < dimensions.length; axis++) {
      long declared = spec.sampleShape().dimension(axis);
      if (dimensions[axis] < 0 || (declared != Shape.RAGGED && declared != dimensions[axis])) {
        return false;
      }
    }
    return true;
  }

  /// The product of lengths of 31 bits, or -1 if it exceeds `most`.
  private static long elements(long[] dimensions, long most) {
    long elements = 1;
    for (long dimension : dimensions) {
      if (dimension == 0) {
        return 0;
      }
      elements = elements > most / dimension ? Long.MAX_VALUE : elements * dimension;
    }
    return elements <= most ? elements : -1;
  }

  int samples() {
    return starts.length;
  }

  /// Shape of a sample.
  Shape shape(int sample) {
    int rank = spec.sampleShape().rank();
    long[] dimensions = new long[rank];
    for (int axis = 0; axis < rank; axis++) {
      dimensions[axis] = lengths[sample * rank + axis];
    }
    return Shape.of(dimensions);
  }

  /// Shapes of the samples, in the order of the positions.
  Shape[] shapes() {
    Shape[] shapes = new Shape[samples()];
    for (int i = 0; i < shapes.length; i++) {
      shapes[i] = shape(i);
    }
    return shapes;
  }

  /// Where a sample begins among the values of its fragment, in elements.
  long offset(int sample) {
    return offsets[sample];
  }

  /// Elements of a sample.
  long elements(int sample) {
    int rank = spec.sampleShape().rank();
    long elements = 1;
    for (int axis = 0; axis < rank; axis++) {
      elements *= lengths[sample * rank + axis];
    }
    return elements;
  }

  /// Where a sample is put, in elements.
  long start(int sample) {
    return starts[sample];
  }

  /// Whether a sample has elements among those from `from` (inclusive) to `to` (exclusive).
  boolean touches(int sample, long from, long to) {
    long start = offsets[sample];
    long elements = elements(sample);
    return elements > 0 && start < to && start + elements > from;
  }

  /// Bytes that all samples are put into, with what lies between them.
  long bytes() {
    return Math.multiplyExact(end, spec.type().byteCount());
  }

  /// Bytes of all samples, without what lies between them.
  long sampleBytes() {
    long elements = 0;
    for (int i = 0; i < samples(); i++) {
      elements += elements(i);
    }
    return elements * spec.type().byteCount();
  }

  /// Writes where each sample begins, in elements, and the end of all if there is room for it.
  void writeOffsets(MemorySegment target) {
    MemorySegment.copy(starts, 0, target, ValueLayout.JAVA_LONG, 0, starts.length);
    if (target.byteSize() > starts.length * (long) Long.BYTES) {
      target.setAtIndex(ValueLayout.JAVA_LONG, starts.length, end);
    }
  }

  /// Writes the length of each sample.
  void writeLengths(MemorySegment target) {
    for (int i = 0; i < samples(); i++) {
      target.setAtIndex(ValueLayout.JAVA_LONG, i, length(i));
    }
  }

  /// Wants the elements of all samples, one behind the other.
  ///
  /// @param positions of the samples that this is the table of
  void plan(FixedPlan.Source source, ReadPlanner planner, long[] positions) {
    for (Part part : FixedPlan.parts(source, spec.name(), SampleRun.of(positions, 0))) {
      StoredTensor.Ragged ragged = (StoredTensor.Ragged) part.tensor();
      for (int i = 0; i < part.run().count(); i++) {
        int at = Math.toIntExact(part.run().row()) + i;
        if (elements(at) > 0) {
          planner.addValues(
              ragged.values(),
              part.run().from() + i,
              offsets[at],
              elements(at),
              0,
              starts[at] * spec.type().byteCount());
        }
      }
    }
  }
}
