package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.load.RaggedMode;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// How the samples of a ragged tensor lie in the batches of a loader: one behind the other, or
/// padded to one length. Immutable; thread-safe.
///
/// @param layout of the samples
record Placement(RaggedMode.Layout layout) {
  static final Placement ONE_BEHIND_THE_OTHER = new Placement(RaggedMode.offsets());

  boolean padded() {
    return layout instanceof RaggedMode.Pad;
  }

  /// Refuses a tensor whose samples cannot lie like this.
  void check(Column column) {
    if (layout instanceof RaggedMode.Pad(_, long filler, _)) {
      Shape shape = column.spec().sampleShape();
      if (shape.dimension(0) != Shape.RAGGED || shape.dropFirst().ragged()) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "samples of tensor "
                + column.spec().name()
                + " have the shape "
                + shape
                + "; only those are padded whose first axis alone is ragged: transform them, or"
                + " leave them one behind the other");
      }
      checkFiller(column, filler);
    }
  }

  private static void checkFiller(Column column, long filler) {
    int bits =
        switch (column.spec().type()) {
          case BOOL -> 1;
          case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 ->
              8 * column.elementBytes();
          case FLOAT16, BFLOAT16, FLOAT32, FLOAT64, COMPLEX64, COMPLEX128 -> 64;
        };
    boolean signed =
        switch (column.spec().type()) {
          case INT8,
              INT16,
              INT32,
              INT64,
              FLOAT16,
              BFLOAT16,
              FLOAT32,
              FLOAT64,
              COMPLEX64,
              COMPLEX128 ->
              true;
          case BOOL, UINT8, UINT16, UINT32, UINT64 -> false;
        };
    long high = signed ? filler >> (bits - 1) : bits == 64 ? (filler < 0 ? 1 : 0) : filler >> bits;
    if (high != 0 && !(signed && high == -1)) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "the filler "
              + filler
              + " is no "
              + column.spec().type().zarrName()
              + ", which tensor "
              + column.spec().name()
              + " has");
    }
  }

  /// Bytes that some samples take at most.
  ///
  /// @param ofLargest bytes that they take if all are as long as the longest of the version
  long most(Column column, long samples, long ofLargest) {
    return layout instanceof RaggedMode.Pad(long length, _, _) && length > 0
        ? Math.multiplyExact(
            samples * column.elementBytes(),
            Math.multiplyExact(length, column.sampleShape().productFrom(1)))
        : ofLargest;
  }

  /// A table of the same samples in their places.
  ///
  /// @throws RefusedException if a sample is too long, naming it by its place in the table
  SampleTable place(SampleTable table, java.util.function.IntToLongFunction sampleId) {
    return switch (layout) {
      case RaggedMode.Offsets _ -> table;
      case RaggedMode.Pad(long length, _, RaggedMode.Overlong overlong) -> {
        long longest = table.longest();
        if (length > 0 && longest > length && overlong == RaggedMode.Overlong.REFUSE) {
          int sample = 0;
          while (table.length(sample) <= length) {
            sample++;
          }
          throw new RefusedException(
              ErrorCode.LIMIT_EXCEEDED,
              "tensor "
                  + table.tensor()
                  + ", sample id "
                  + sampleId.applyAsLong(sample)
                  + ": its length "
                  + table.length(sample)
                  + " exceeds "
                  + length
                  + ", to which samples are padded: cut them, or pad to more");
        }
        yield table.padded(length > 0 ? length : longest);
      }
    };
  }

  /// Writes the filler everywhere.
  void fill(MemorySegment target, DataType type) {
    long filler = layout instanceof RaggedMode.Pad pad ? pad.filler() : 0;
    if (filler == 0) {
      target.fill((byte) 0);
      return;
    }
    if (target.byteSize() == 0) {
      return;
    }
    MemorySegment first = target.asSlice(0, type.byteCount());
    switch (type) {
      case BOOL, INT8, UINT8 -> first.set(ValueLayout.JAVA_BYTE, 0, (byte) filler);
      case INT16, UINT16 -> first.set(ValueLayout.JAVA_SHORT, 0, (short) filler);
      case INT32, UINT32 -> first.set(ValueLayout.JAVA_INT, 0, (int) filler);
      case INT64, UINT64 -> first.set(ValueLayout.JAVA_LONG, 0, filler);
      case FLOAT16 -> first.set(ValueLayout.JAVA_SHORT, 0, Float.floatToFloat16((float) filler));
      case BFLOAT16 ->
          first.set(
              ValueLayout.JAVA_SHORT, 0, (short) (Float.floatToIntBits((float) filler) >> 16));
      case FLOAT32 -> first.set(ValueLayout.JAVA_FLOAT, 0, (float) filler);
      case FLOAT64 -> first.set(ValueLayout.JAVA_DOUBLE, 0, (double) filler);
      case COMPLEX64 -> {
        first.fill((byte) 0);
        first.set(ValueLayout.JAVA_FLOAT, 0, (float) filler);
      }
      case COMPLEX128 -> {
        first.fill((byte) 0);
        first.set(ValueLayout.JAVA_DOUBLE, 0, (double) filler);
      }
    }
    for (long done = type.byteCount(); done < target.byteSize(); done *= 2) {
      long more = Math.min(done, target.byteSize() - done);
      MemorySegment.copy(target, 0, target, done, more);
    }
  }
}
