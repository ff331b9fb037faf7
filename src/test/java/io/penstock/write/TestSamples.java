package io.penstock.write;

import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.write.FragmentWriter.Column;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Samples for all tensors of a schema, drawn from a seed, in the heap.
final class TestSamples {
  private final Schema schema;
  private final List<List<byte[]>> samples = new ArrayList<>();
  private final List<List<int[]>> shapes = new ArrayList<>();
  private final int count;

  private TestSamples(Schema schema, int count) {
    this.schema = schema;
    this.count = count;
  }

  /// How long the dimensions of ragged samples are.
  @FunctionalInterface
  interface Lengths {
    int draw(Random random, int sample);
  }

  /// Random elements, of which half repeat their neighbour so that they can be compressed.
  static TestSamples random(Schema schema, int count, long seed, Lengths lengths) {
    TestSamples drawn = new TestSamples(schema, count);
    Random random = new Random(seed);
    for (TensorSpec tensor : schema.tensors()) {
      List<byte[]> samples = new ArrayList<>();
      List<int[]> shapes = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int[] shape = shape(tensor, random, i, lengths);
        shapes.add(shape);
        samples.add(elements(tensor.type(), shape, random));
      }
      drawn.samples.add(samples);
      drawn.shapes.add(shapes);
    }
    return drawn;
  }

  private static int[] shape(TensorSpec tensor, Random random, int sample, Lengths lengths) {
    int[] shape = new int[tensor.sampleShape().rank()];
    for (int axis = 0; axis < shape.length; axis++) {
      long declared = tensor.sampleShape().dimension(axis);
      shape[axis] =
          declared == Shape.RAGGED ? lengths.draw(random, sample) : Math.toIntExact(declared);
    }
    return shape;
  }

  private static byte[] elements(DataType type, int[] shape, Random random) {
    int elements = 1;
    for (int length : shape) {
      elements = Math.multiplyExact(elements, length);
    }
    byte[] bytes = new byte[Math.multiplyExact(elements, type.byteCount())];
    random.nextBytes(bytes);
    for (int i = 1; i < bytes.length; i++) {
      if ((bytes[i] & 1) == 0) {
        bytes[i] = bytes[i - 1];
      }
    }
    if (type == DataType.BOOL) {
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] &= 1;
      }
    }
    return bytes;
  }

  /// The same with the numbers 0, 1, 2 … in a tensor of int32 scalars.
  TestSamples numbered(String tensor) {
    for (int i = 0; i < count; i++) {
      MemorySegment.ofArray(samples(tensor).get(i)).set(ValueLayout.JAVA_INT_UNALIGNED, 0, i);
    }
    return this;
  }

  Schema schema() {
    return schema;
  }

  int count() {
    return count;
  }

  /// Columns of the samples `from` to `to`.
  List<Column> columns(int from, int to) {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < schema.tensors().size(); i++) {
      MemorySegment elements = MemorySegment.ofArray(joined(samples.get(i).subList(from, to)));
      columns.add(
          schema.tensors().get(i).ragged()
              ? new Column.Ragged(elements, MemorySegment.ofArray(shapes(i, from, to)))
              : new Column.Fixed(elements));
    }
    return columns;
  }

  private byte[] shapes(int tensor, int from, int to) {
    int rank = schema.tensors().get(tensor).sampleShape().rank();
    byte[] bytes = new byte[(to - from) * rank * Integer.BYTES];
    int at = 0;
    for (int[] shape : shapes.get(tensor).subList(from, to)) {
      for (int length : shape) {
        MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_INT_UNALIGNED, at, length);
        at += Integer.BYTES;
      }
    }
    return bytes;
  }

  /// Appends everything, so many samples a call.
  TestSamples appendTo(FragmentWriter writer, int samplesPerCall) {
    for (int from = 0; from < count; from += samplesPerCall) {
      int to = Math.min(count, from + samplesPerCall);
      writer.append(to - from, columns(from, to));
    }
    return this;
  }

  /// All elements of a tensor, sample after sample.
  byte[] elements(String tensor) {
    return joined(samples.get(index(tensor)));
  }

  /// The samples of a tensor.
  List<byte[]> samples(String tensor) {
    return samples.get(index(tensor));
  }

  /// The shapes of all samples of a ragged tensor, as they are stored.
  byte[] shapes(String tensor) {
    return shapes(index(tensor), 0, count);
  }

  private int index(String tensor) {
    return schema.tensors().indexOf(schema.find(tensor).orElseThrow());
  }

  private static byte[] joined(List<byte[]> parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    parts.forEach(joined::writeBytes);
    return joined.toByteArray();
  }
}
