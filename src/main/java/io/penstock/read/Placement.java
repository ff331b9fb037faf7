package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.load.RaggedMode;
import io.penstock.load.RaggedMode.Overlong;
import io.penstock.load.Share;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntToLongFunction;

/// How the samples of a ragged tensor lie in the batches of a loader, and the numbers beside them
/// that say where: its *marks*, int64. Immutable; thread-safe.
sealed interface Placement {
  /// One behind the other; marks are the offsets, in elements, and the end.
  record Dense() implements Placement {}

  /// Each filled up to one length; marks are the real lengths.
  ///
  /// @param length of all; 0 for that of the longest of the batch
  record Padded(long length, Filler filler, Overlong overlong) implements Placement {}

  /// Several in each row of one length; marks are the offsets, in elements, then the lengths.
  ///
  /// @param length of a row
  /// @param rows of this rank's part of a batch
  record Packed(long length, int rows, Filler filler, Overlong overlong) implements Placement {}

  /// What a mode wants for a rank.
  static Placement of(RaggedMode mode, Share share) {
    return switch (mode) {
      case RaggedMode.Offsets _ -> new Dense();
      case RaggedMode.Pad(long length, long filler, Overlong overlong) ->
          new Padded(length, new Filler(filler), overlong);
      case RaggedMode.Bucket(_, RaggedMode.Layout layout) -> of(layout, share);
      case RaggedMode.MaxBytes(_, RaggedMode.Layout layout) -> of(layout, share);
      case RaggedMode.Pack(long length, int rows, long filler, Overlong overlong) ->
          new Packed(length, rows / share.worldSize(), new Filler(filler), overlong);
    };
  }

  /// Refuses a tensor whose samples cannot lie like this.
  default void check(Column column) {
    switch (this) {
      case Dense() -> {}
      case Padded padded -> {
        checkShape(column, "padded");
        padded.filler().check(column);
      }
      case Packed packed -> {
        checkShape(column, "packed");
        packed.filler().check(column);
      }
    }
  }

  private static void checkShape(Column column, String how) {
    Shape shape = column.spec().sampleShape();
    if (shape.dimension(0) != Shape.RAGGED || shape.dropFirst().ragged()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "samples of tensor "
              + column.spec().name()
              + " have the shape "
              + shape
              + "; only those are "
              + how
              + " whose first axis alone is ragged: transform them, or leave them one behind the"
              + " other");
    }
  }

  /// The length to which all samples are padded, where one was said; else 0.
  default long saidLength() {
    return this instanceof Padded padded ? padded.length() : 0;
  }

  /// A table of the same samples in their places.
  ///
  /// @param rows of the batch
  /// @param sampleId by place in the table
  /// @throws RefusedException if a sample is too long, naming it
  default SampleTable place(SampleTable table, BatchRows rows, IntToLongFunction sampleId) {
    return switch (this) {
      case Dense() -> table;
      case Padded(long length, _, Overlong overlong) -> {
        if (length > 0 && overlong == Overlong.REFUSE) {
          refuseLonger(
              table, length, ", to which samples are padded: cut them, or pad to more", sampleId);
        }
        yield table.padded(length > 0 ? length : table.longest());
      }
      case Packed(long length, int count, _, Overlong overlong) -> {
        if (overlong == Overlong.REFUSE) {
          refuseLonger(table, length, ", that of a row: cut them, or make rows longer", sampleId);
        }
        yield table.packed(length, count, rows.rowEnds());
      }
    };
  }

  private static void refuseLonger(
      SampleTable table, long length, String why, IntToLongFunction sampleId) {
    for (int sample = 0; sample < table.samples(); sample++) {
      if (table.length(sample) > length) {
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
                + why);
      }
    }
  }

  /// Writes what stands where no sample is, before samples come.
  default void fill(MemorySegment target, DataType type) {
    switch (this) {
      case Dense() -> {}
      case Padded padded -> padded.filler().write(target, type);
      case Packed packed -> packed.filler().write(target, type);
    }
  }

  /// Shape of a batch's part.
  default Shape shape(Column column, SampleTable table) {
    return switch (this) {
      case Dense() -> Shape.of(table.bytes() / column.elementBytes());
      case Padded(long length, _, _) ->
          column
              .sampleShape()
              .dropFirst()
              .prepend(length > 0 ? length : table.longest())
              .prepend(table.samples());
      case Packed packed ->
          column.sampleShape().dropFirst().prepend(packed.length()).prepend(packed.rows());
    };
  }

  /// How many marks so many samples have.
  default long marks(long samples) {
    return switch (this) {
      case Dense() -> samples + 1;
      case Padded _ -> samples;
      case Packed _ -> 2 * samples;
    };
  }

  /// Writes the marks.
  default void mark(SampleTable table, MemorySegment marks) {
    switch (this) {
      case Dense() -> table.writeOffsets(marks);
      case Padded _ -> table.writeLengths(marks);
      case Packed _ -> {
        table.writeOffsets(offsets(marks));
        table.writeLengths(lengths(marks));
      }
    }
  }

  /// The offsets among the marks; `NULL` where there are none.
  default MemorySegment offsets(MemorySegment marks) {
    return switch (this) {
      case Dense() -> marks;
      case Padded _ -> MemorySegment.NULL;
      case Packed _ -> marks.asSlice(0, marks.byteSize() / 2);
    };
  }

  /// The lengths among the marks; `NULL` where there are none.
  default MemorySegment lengths(MemorySegment marks) {
    return switch (this) {
      case Dense() -> MemorySegment.NULL;
      case Padded _ -> marks;
      case Packed _ -> marks.asSlice(marks.byteSize() / 2);
    };
  }

  /// Bytes of [#writeSegments].
  default long segmentBytes() {
    return this instanceof Packed packed
        ? Math.multiplyExact(packed.rows() * (long) Integer.BYTES, packed.length())
        : 0;
  }

  /// Writes for each place of each row the number of its sample in the row, from 1; 0 behind the
  /// last.
  ///
  /// @param rowEnds where rows end among the samples
  /// @param target has [#segmentBytes]
  default void writeSegments(SampleTable table, int[] rowEnds, MemorySegment target) {
    if (this instanceof Packed packed) {
      target.fill((byte) 0);
      int sample = 0;
      for (int row = 0; row < rowEnds.length; row++) {
        long at = row * packed.length();
        for (int number = 1; sample < rowEnds[row]; number++, sample++) {
          long end = at + table.length(sample);
          for (; at < end; at++) {
            target.setAtIndex(ValueLayout.JAVA_INT, at, number);
          }
        }
      }
    }
  }
}
