package io.penstock.read;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.format.TensorSpec;
import io.penstock.read.FixedPlan.Part;
import io.penstock.read.TensorReads.SampleRun;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where some ragged samples begin and what shapes they have, read and checked. Immutable.
final class SampleTable {
  private final TensorSpec spec;
  private final List<Part> parts;
  private final Shape[] shapes;
  private final long[] offsets;

  private SampleTable(TensorSpec spec, List<Part> parts, Shape[] shapes, long[] offsets) {
    this.spec = spec;
    this.parts = parts;
    this.shapes = shapes;
    this.offsets = offsets;
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
    SampleTable table = new SampleTable(spec, parts, new Shape[positions.length], offsets);
    table.check(lengths);
    return table;
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

  private void check(int[] lengths) {
    int rank = spec.sampleShape().rank();
    long[] dimensions = new long[rank];
    for (Part part : parts) {
      StoredTensor.Ragged ragged = (StoredTensor.Ragged) part.tensor();
      for (int i = 0; i < part.run().count(); i++) {
        int at = Math.toIntExact(part.run().row()) + i;
        for (int axis = 0; axis < rank; axis++) {
          dimensions[axis] = lengths[at * rank + axis];
        }
        CorruptDataException damage = damage(ragged, dimensions, at);
        if (damage != null) {
          throw TensorReads.inSample(
              ragged.offset(), part.row() + i, part.run().from() + i, damage);
        }
        shapes[at] = Shape.of(dimensions);
      }
    }
  }

  private @Nullable CorruptDataException damage(
      StoredTensor.Ragged ragged, long[] dimensions, int at) {
    if (!fits(dimensions)) {
      return new CorruptDataException(
          ErrorCode.DATA_CORRUPT,
          "a sample of shape "
              + Arrays.toString(dimensions)
              + " in a tensor of shape "
              + spec.sampleShape());
    }
    long available = ragged.values().length(0);
    long elements = elements(dimensions, available);
    long offset = offsets.length == 0 ? 0 : offsets[at];
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

  private boolean fits(long[] dimensions) {
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

  /// The table of some of these samples.
  ///
  /// @param from the first, by its place in this table
  /// @param to end of them
  SampleTable slice(int from, int to) {
    List<Part> cut = new ArrayList<>();
    for (Part part : parts) {
      long first = Math.max(from, part.run().row());
      long last = Math.min(to, part.run().row() + part.run().count());
      if (first < last) {
        long skipped = first - part.run().row();
        SampleRun run =
            new SampleRun(
                part.run().from() + skipped, last - first, part.run().target(), first - from);
        cut.add(new Part(part.tensor(), part.row() + skipped, run));
      }
    }
    return new SampleTable(
        spec, cut, Arrays.copyOfRange(shapes, from, to), Arrays.copyOfRange(offsets, from, to));
  }

  /// Shapes of the samples, in the order of the positions; not a copy.
  Shape[] shapes() {
    return shapes;
  }

  /// Whether a sample has elements among those from `from` (inclusive) to `to` (exclusive).
  boolean touches(int sample, long from, long to) {
    long start = offsets[sample];
    long elements = shapes[sample].elements();
    return elements > 0 && start < to && start + elements > from;
  }

  /// Bytes of all samples together.
  long bytes() {
    long bytes = 0;
    for (Shape shape : shapes) {
      bytes = Math.addExact(bytes, shape.bytes(spec.type()));
    }
    return bytes;
  }

  /// Writes where each sample begins in a row of all of them, in elements, and the end of the last.
  void writeOffsets(MemorySegment target) {
    long at = 0;
    for (int i = 0; i < shapes.length; i++) {
      target.setAtIndex(ValueLayout.JAVA_LONG, i, at);
      at += shapes[i].elements();
    }
    target.setAtIndex(ValueLayout.JAVA_LONG, shapes.length, at);
  }

  /// Wants the elements of all samples, one behind the other.
  ///
  /// @param targetOffset where the first sample goes, in bytes
  void plan(ReadPlanner planner, int target, long targetOffset) {
    long to = targetOffset;
    for (Part part : parts) {
      StoredTensor.Ragged ragged = (StoredTensor.Ragged) part.tensor();
      for (int i = 0; i < part.run().count(); i++) {
        int at = Math.toIntExact(part.run().row()) + i;
        long elements = shapes[at].elements();
        if (elements > 0) {
          planner.addValues(
              ragged.values(), part.run().from() + i, offsets[at], elements, target, to);
          to += elements * spec.type().byteCount();
        }
      }
    }
  }
}
