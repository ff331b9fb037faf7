package io.penstock.format;

/// How one tensor of a fragment is laid out.
public sealed interface TensorLayout {
  /// The tensor's name.
  String tensor();

  /// One array, samples on axis 0.
  record Fixed(String tensor, ArrayLayout array) implements TensorLayout {}

  /// A group of three arrays: `values` (all elements in a row), `offset` (int64, the element at
  /// which each sample starts) and `shape` (int32, samples × rank).
  record Ragged(String tensor, ArrayLayout values, ArrayLayout offset, ArrayLayout shape)
      implements TensorLayout {}
}
