package io.penstock.format;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One tensor of a schema: a named column of samples.
///
/// @param name keeps the rules of [Names]
/// @param type of its elements
/// @param sampleShape of one sample, without the sample axis; [Shape#RAGGED] where it varies
/// @param dimensionNames one for each dimension of a sample, or empty; each different, none empty,
///   none `sample`, which is the name of the sample axis
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
  /// The name of the sample axis among dimension names.
  static final String SAMPLE_AXIS = "sample";

  /// Copies the list and checks the names.
  public TensorSpec {
    Names.check("tensor", name);
    dimensionNames = List.copyOf(dimensionNames);
    if (!namesFit(dimensionNames, sampleShape.rank())) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "dimension names "
              + dimensionNames
              + " of tensor "
              + name
              + " are not "
              + sampleShape.rank()
              + " different ones");
    }
  }

  static boolean namesFit(List<String> names, int rank) {
    return names.isEmpty()
        || (names.size() == rank
            && Set.copyOf(names).size() == rank
            && !names.contains("")
            && !names.contains(SAMPLE_AXIS));
  }

  /// A tensor without names, media type or description.
  public static TensorSpec of(String name, DataType type, Shape sampleShape) {
    return new TensorSpec(name, type, sampleShape, List.of(), Optional.empty(), Optional.empty());
  }

  /// This tensor without its description.
  TensorSpec withoutDescription() {
    return new TensorSpec(name, type, sampleShape, dimensionNames, mediaType, Optional.empty());
  }

  /// Whether samples differ in shape.
  public boolean ragged() {
    return sampleShape.ragged();
  }
}
