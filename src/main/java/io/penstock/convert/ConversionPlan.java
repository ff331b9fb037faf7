package io.penstock.convert;

import io.penstock.format.TensorSpec;
import java.util.List;
import java.util.OptionalLong;

/// What a conversion would do.
///
/// @param inputs that are read
/// @param destination URI of the dataset
/// @param creates whether the dataset is made, rather than appended to
/// @param branch that is committed to
/// @param samples that are written, if known
/// @param decodedBytes of those samples, if known
/// @param tensors of the dataset
public record ConversionPlan(
    String inputs,
    String destination,
    boolean creates,
    String branch,
    OptionalLong samples,
    OptionalLong decodedBytes,
    List<TensorSpec> tensors) {
  /// Copies the list.
  public ConversionPlan {
    tensors = List.copyOf(tensors);
  }
}
