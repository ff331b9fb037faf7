package io.penstock.format;

import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.util.List;
import java.util.Optional;

/// One tensor of a schema: a named column of samples.
///
/// @param name keeps the rules of [Names]
/// @param type of its elements
/// @param sampleShape of one sample, without the sample axis; [Shape#RAGGED] where it varies
/// @param dimensionNames one for each dimension of a sample, or empty
/// @param mediaType what the bytes of a sample are, such as `image/jpeg`, for ragged uint8 of rank
///   1
/// @param description free text
public record TensorSpec(
    String name,
    DataType type,
    Shape sampleShape,
    List<String> dimensionNames,
    Optional<String> mediaType,
    Optional<String> description) {
  /// Copies the list and checks the name.
  public TensorSpec {
    Names.check("tensor", name);
    dimensionNames = List.copyOf(dimensionNames);
  }

  /// A tensor without names, media type or description.
  public static TensorSpec of(String name, DataType type, Shape sampleShape) {
    return new TensorSpec(name, type, sampleShape, List.of(), Optional.empty(), Optional.empty());
  }

  /// Whether samples differ in shape.
  public boolean ragged() {
    return sampleShape.ragged();
  }
}
