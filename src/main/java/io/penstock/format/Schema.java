package io.penstock.format;

import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The tensors of a dataset, in the order in which they were declared. Names are unique.
///
/// @param tensors at most [#MAX_TENSORS]
public record Schema(List<TensorSpec> tensors) {
  /// The most tensors of a schema.
  public static final int MAX_TENSORS = 1024;

  /// No tensors: what a new dataset has.
  public static final Schema EMPTY = new Schema(List.of());

  /// Copies the list.
  public Schema {
    tensors = List.copyOf(tensors);
  }

  /// The tensor of this name, or empty.
  public Optional<TensorSpec> find(String name) {
    return tensors.stream().filter(tensor -> tensor.name().equals(name)).findFirst();
  }

  /// The tensor of this name.
  ///
  /// @param owner what has this schema, as the message calls it
  /// @throws NotFoundException with code `TENSOR_NOT_FOUND`, whose message tells all names
  public TensorSpec require(String name, Object owner) {
    return find(name)
        .orElseThrow(() ->
            new NotFoundException(
                ErrorCode.TENSOR_NOT_FOUND,
                owner
                    + " has no tensor named "
                    + name
                    + "; it has "
                    + tensors.stream().map(TensorSpec::name).collect(Collectors.joining(", "))));
  }
}
