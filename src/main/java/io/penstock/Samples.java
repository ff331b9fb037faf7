package io.penstock;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Some samples on their way into a writer: for each tensor the elements of all of them, one sample
/// behind the other, row-major, in this machine's byte order. Nothing is copied before
/// [DatasetWriter#append]; memory that is passed in is borrowed until that returns. Not
/// thread-safe.
public final class Samples {
  /// Elements of one tensor; `shapes` is int32, samples × rank, and empty for a fixed shape.
  record Values(MemorySegment elements, MemorySegment shapes) {}

  private static final MemorySegment NO_SHAPES = MemorySegment.ofArray(new byte[0]);

  private final long count;
  private final Map<String, Values> values = new LinkedHashMap<>();

  private Samples(long count) {
    this.count = count;
  }

  /// So many samples, 1 or more, whose tensors follow by `with…`.
  public static Samples of(long count) {
    if (count < 1) {
      throw new RefusedException(ErrorCode.INVALID_ARGUMENT, "sample count " + count);
    }
    return new Samples(count);
  }

  /// One sample.
  public static Samples one() {
    return new Samples(1);
  }

  /// How many samples.
  public long count() {
    return count;
  }

  /// Elements of a fixed-shape tensor from a segment, native or on the heap.
  public Samples with(String tensor, MemorySegment elements) {
    return put(tensor, elements, NO_SHAPES);
  }

  /// The same from what remains of a buffer; its bytes are taken as they lie in memory.
  public Samples with(String tensor, Buffer elements) {
    return with(tensor, MemorySegment.ofBuffer(elements));
  }

  /// The same from an array, for types of one byte.
  public Samples with(String tensor, byte... elements) {
    return with(tensor, MemorySegment.ofArray(elements));
  }

  /// The same for bool.
  public Samples with(String tensor, boolean... elements) {
    byte[] bytes = new byte[elements.length];
    for (int i = 0; i < elements.length; i++) {
      bytes[i] = (byte) (elements[i] ? 1 : 0);
    }
    return with(tensor, bytes);
  }

  /// The same for types of two bytes.
  public Samples with(String tensor, short... elements) {
    return with(tensor, MemorySegment.ofArray(elements));
  }

  /// The same for types of four bytes.
  public Samples with(String tensor, int... elements) {
    return with(tensor, MemorySegment.ofArray(elements));
  }

  /// The same for types of eight bytes.
  public Samples with(String tensor, long... elements) {
    return with(tensor, MemorySegment.ofArray(elements));
  }

  /// The same for float32 and complex64.
  public Samples with(String tensor, float... elements) {
    return with(tensor, MemorySegment.ofArray(elements));
  }

  /// The same for float64 and complex128.
  public Samples with(String tensor, double... elements) {
    return with(tensor, MemorySegment.ofArray(elements));
  }

  /// Elements of a ragged tensor: all samples' elements, and the shape of each sample.
  public Samples withRagged(String tensor, MemorySegment elements, List<Shape> shapes) {
    checkCount(tensor, shapes.size());
    int rank = shapes.getFirst().rank();
    int[] lengths = new int[Math.multiplyExact(shapes.size(), rank)];
    int next = 0;
    for (Shape shape : shapes) {
      if (shape.rank() != rank) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "tensor "
                + tensor
                + ": sample shapes "
                + shapes.getFirst()
                + " and "
                + shape
                + " differ in rank");
      }
      for (int axis = 0; axis < rank; axis++) {
        lengths[next++] = Math.toIntExact(shape.dimension(axis));
      }
    }
    return put(tensor, elements, MemorySegment.ofArray(lengths));
  }

  /// The same with the shapes in memory: int32, samples × rank, in this machine's byte order.
  public Samples withRagged(String tensor, MemorySegment elements, MemorySegment shapes) {
    return put(tensor, elements, shapes);
  }

  /// Byte strings, one a sample, for a ragged uint8 tensor of rank 1.
  public Samples withBytes(String tensor, List<byte[]> strings) {
    checkCount(tensor, strings.size());
    long total = 0;
    int[] lengths = new int[strings.size()];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = strings.get(i).length;
      total += lengths[i];
    }
    if (strings.size() == 1) {
      return put(tensor, MemorySegment.ofArray(strings.getFirst()), MemorySegment.ofArray(lengths));
    }
    MemorySegment elements = MemorySegment.ofArray(new byte[Math.toIntExact(total)]);
    long at = 0;
    for (byte[] string : strings) {
      MemorySegment.copy(string, 0, elements, ValueLayout.JAVA_BYTE, at, string.length);
      at += string.length;
    }
    return put(tensor, elements, MemorySegment.ofArray(lengths));
  }

  /// One byte string, for a single sample.
  public Samples withBytes(String tensor, byte[] string) {
    return withBytes(tensor, List.of(string));
  }

  /// Texts, one a sample, as UTF-8, for a ragged uint8 tensor of rank 1.
  public Samples withTexts(String tensor, List<String> texts) {
    return withBytes(
        tensor, texts.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList());
  }

  Map<String, Values> values() {
    return values;
  }

  private Samples put(String tensor, MemorySegment elements, MemorySegment shapes) {
    if (values.putIfAbsent(tensor, new Values(elements, shapes)) != null) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "tensor " + tensor + " is given twice");
    }
    return this;
  }

  private void checkCount(String tensor, long given) {
    if (given != count) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "tensor " + tensor + ": " + given + " values for " + count + " samples");
    }
  }
}
