package io.penstock.read;

import io.penstock.format.TensorSpec;
import io.penstock.tensor.Shape;

/// One tensor that a loader reads.
///
/// @param spec of the tensor
/// @param number among the loader's tensors
/// @param resident whether it is read once and kept decoded, because it is small or because the
///   order needs it as a whole
record Column(TensorSpec spec, int number, boolean resident) {
  boolean ragged() {
    return spec.ragged();
  }

  int elementBytes() {
    return spec.type().byteCount();
  }

  /// Bytes of a sample of a tensor that is not ragged.
  long sampleBytes() {
    return spec.sampleShape().bytes(spec.type());
  }

  /// Whether its samples are empty, so that there is nothing to read.
  boolean empty() {
    return !ragged() && sampleBytes() == 0;
  }

  Shape sampleShape() {
    return spec.sampleShape();
  }
}
