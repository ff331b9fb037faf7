package io.penstock.load;

import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;

/// What the samples of a tensor look like.
///
/// @param type of the elements
/// @param shape of a sample; with [Shape#RAGGED] where the length differs from sample to sample
public record SampleForm(DataType type, Shape shape) {
  @Override
  public String toString() {
    return type.zarrName() + shape;
  }
}
