package io.penstock.convert;

import io.penstock.format.TensorSpec;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/// What a file says of the one array in it.
///
/// @param type of the elements, once they are in this machine's byte order
/// @param shape of the array; the samples are axis 0, so the rank is at least 1
/// @param byteOrder of the elements in the file
/// @param columnMajor whether the first index runs fastest in the file
/// @param meaning what the elements stand for where the type alone does not tell, such as
///   `datetime64[us]`
record ArrayHeader(
    DataType type,
    Shape shape,
    ByteOrder byteOrder,
    boolean columnMajor,
    Optional<String> meaning) {
  long samples() {
    return shape.dimension(0);
  }

  Shape sampleShape() {
    return shape.dropFirst();
  }

  TensorSpec spec(String name) {
    return new TensorSpec(name, type, sampleShape(), List.of(), Optional.empty(), meaning);
  }
}
