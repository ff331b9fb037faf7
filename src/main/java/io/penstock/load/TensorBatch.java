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
  /// a row, cut by [#offsets].
  Shape shape();

  /// The elements: native, contiguous, row-major, 256-byte aligned, valid until the batch is
  /// closed.
  MemorySegment segment();

  /// For a ragged tensor: samples + 1 offsets, in elements, where each sample begins in [#segment];
  /// int64. Empty for others.
  MemorySegment offsets();

  /// Shape of one sample of the batch.
  Shape sampleShape(int sample);
}
