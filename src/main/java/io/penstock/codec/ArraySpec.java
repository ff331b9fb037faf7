package io.penstock.codec;

import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;

/// What an array is made of at one point of a chain: its element type and its shape, in C order.
///
/// @param type of the elements
/// @param shape of the chunk; not ragged
public record ArraySpec(DataType type, Shape shape) {
  /// Bytes of the array.
  public long bytes() {
    return shape.bytes(type);
  }

  /// Elements of the array.
  public long elements() {
    return shape.elements();
  }
}
