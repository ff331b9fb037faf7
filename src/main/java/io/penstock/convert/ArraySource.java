package io.penstock.convert;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.TensorSpec;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One dense array in one file, or in one member of one: samples along its first axis.
///
/// The elements follow the header and end with the file. Row-major arrays are streamed. A
/// column-major one is held whole, in native memory, since its first sample ends where the file
/// ends; above [#MAX_COLUMN_MAJOR_BYTES] it is refused.
final class ArraySource implements SampleSource {
  /// The largest column-major array.
  static final long MAX_COLUMN_MAJOR_BYTES = 128L << 20;

  /// The largest sample.
  static final long MAX_SAMPLE_BYTES = 1L << 30;

  private static final int MAX_SAMPLES_AT_ONCE = 1 << 20;

  private final ByteInput input;
  private final ArrayHeader header;
  private final TensorSpec spec;
  private final long sampleBytes;
  private final @Nullable Arena memory;
  private @Nullable MemorySegment columns;
  private long next;

  /// The array in an input, which is owned from now on: closed if this throws.
  static ArraySource open(
      String name, ByteInput input, Function<ByteInput, ArrayHeader> headerReader) {
    try {
      ArrayHeader header = headerReader.apply(input);
      input.expectRemaining(
          header.shape().bytes(header.type()), "the array of shape " + header.shape());
      return new ArraySource(name, input, header);
    } catch (RuntimeException e) {
      input.close();
      throw e;
    }
  }

  private ArraySource(String name, ByteInput input, ArrayHeader header) {
    this.input = input;
    this.header = header;
    this.spec = header.spec(name);
    this.sampleBytes = header.sampleShape().bytes(header.type());
    if (sampleBytes > MAX_SAMPLE_BYTES) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          input.origin()
              + ": a sample of "
              + sampleBytes
              + " bytes (shape "
              + header.sampleShape()
              + ") exceeds the limit of "
              + MAX_SAMPLE_BYTES);
    }
    if (!rowMajor() && bytes() > MAX_COLUMN_MAJOR_BYTES) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          input.origin()
              + ": an array in Fortran order of "
              + bytes()
              + " bytes exceeds the limit of "
              + MAX_COLUMN_MAJOR_BYTES
              + "; save it in C order");
    }
    this.memory = rowMajor() ? null : Arena.ofShared();
  }

  @Override
  public String origin() {
    return input.origin();
  }

  @Override
  public List<TensorSpec> tensors() {
    return List.of(spec);
  }

  @Override
  public OptionalLong samples() {
    return OptionalLong.of(header.samples());
  }

  @Override
  public int fitting(long maxBytes) {
    long left = header.samples() - next;
    long fits = sampleBytes == 0 ? left : Math.max(1, maxBytes / sampleBytes);
    return (int) Math.min(Math.min(left, fits), MAX_SAMPLES_AT_ONCE);
  }

  @Override
  public List<Column> read(int samples, SegmentAllocator allocator) {
    if (samples > header.samples() - next) {
      throw new IllegalArgumentException(samples + " samples are more than are left");
    }
    DataType type = header.type();
    MemorySegment target = allocator.allocate(samples * sampleBytes, 8);
    if (memory == null) {
      input.fill(target, "sample " + next + " of " + header.samples());
    } else {
      gather(samples, target, memory);
    }
    if (header.byteOrder() != ByteOrder.nativeOrder()) {
      swap(target, type.wordBytes());
    }
    next += samples;
    if (next == header.samples()) {
      input.expectEnd("the array of shape " + header.shape());
    }
    return List.of(new Column.Fixed(target));
  }

  private boolean rowMajor() {
    return !header.columnMajor() || header.shape().rank() == 1;
  }

  private long bytes() {
    return header.shape().bytes(header.type());
  }

  /// Copies samples out of the column-major array. `place` is the position of an element in its
  /// row-major sample, `source` that of the same element of sample 0 in the file.
  private void gather(int samples, MemorySegment target, Arena arena) {
    int width = header.type().byteCount();
    MemorySegment all = columns;
    if (all == null) {
      all = arena.allocate(bytes(), 8);
      input.fill(all, "the array of shape " + header.shape());
      columns = all;
    }
    Shape sample = header.sampleShape();
    long elements = sample.elements();
    long[] index = new long[sample.rank()];
    for (long place = 0; place < elements; place++) {
      long source = columnPosition(index, sample);
      for (int i = 0; i < samples; i++) {
        long from = (source * header.samples() + next + i) * width;
        MemorySegment.copy(all, from, target, i * sampleBytes + place * width, width);
      }
      advance(index, sample);
    }
  }

  private static long columnPosition(long[] index, Shape shape) {
    long position = 0;
    for (int axis = index.length - 1; axis >= 0; axis--) {
      position = position * shape.dimension(axis) + index[axis];
    }
    return position;
  }

  private static void advance(long[] index, Shape shape) {
    for (int axis = index.length - 1; axis >= 0; axis--) {
      if (++index[axis] < shape.dimension(axis)) {
        return;
      }
      index[axis] = 0;
    }
  }

  /// Reverses the bytes of every word, in place.
  private static void swap(MemorySegment segment, int wordBytes) {
    ValueLayout here =
        switch (wordBytes) {
          case 2 -> ValueLayout.JAVA_SHORT_UNALIGNED;
          case 4 -> ValueLayout.JAVA_INT_UNALIGNED;
          case 8 -> ValueLayout.JAVA_LONG_UNALIGNED;
          default -> ValueLayout.JAVA_BYTE;
        };
    ValueLayout there =
        here.withOrder(
            ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
                ? ByteOrder.LITTLE_ENDIAN
                : ByteOrder.BIG_ENDIAN);
    MemorySegment.copy(segment, there, 0, segment, here, 0, segment.byteSize() / wordBytes);
  }

  @Override
  public void close() {
    input.close();
    if (memory != null && memory.scope().isAlive()) {
      memory.close();
    }
  }
}
