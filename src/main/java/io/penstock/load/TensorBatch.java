package io.penstock.load;

import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;

/// One tensor of a batch. Accessors throw once the batch is closed.
public interface TensorBatch {
  /// The tensor's name.
  String name();

  /// Type of its elements, in this machine's byte order.
  DataType type();

  /// Shape of the whole: samples first. For a ragged tensor `[elements]`: all samples' elements in
  /// a row, cut by [#offsets]; `[samples, length, …]` where samples are padded, see
  /// [RaggedMode.Pad]; `[rows, length, …]` where they are packed, see [RaggedMode.Pack].
  Shape shape();

  /// The elements: native, contiguous, row-major, 256-byte aligned, valid until the batch is
  /// closed.
  MemorySegment segment();

  /// For a ragged tensor whose samples lie one behind the other: samples + 1 offsets, in elements,
  /// where each sample begins in [#segment]; int64. For packed samples as many offsets as samples.
  /// Empty for others.
  MemorySegment offsets();

  /// For padded and packed samples: the length of each along its first axis; int64. Empty for
  /// others.
  default MemorySegment lengths() {
    return MemorySegment.NULL;
  }

  /// For packed samples: for each place of each row the number of the sample that it belongs to,
  /// counted in the row from 1, or 0 behind the last; int32, of the shape (rows, length). Empty for
  /// others.
  default MemorySegment segments() {
    return MemorySegment.NULL;
  }

  /// Shape of one sample of the batch.
  Shape sampleShape(int sample);
}
