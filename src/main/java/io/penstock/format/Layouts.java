package io.penstock.format;

import java.util.List;

/// Plans how a fragment is cut into chunks and shards. Pure functions.
public final class Layouts {
  private Layouts() {}

  /// The layout of a fragment.
  ///
  /// @param measures one for each tensor of the schema, in its order
  /// @throws io.penstock.error.RefusedException with code `INVALID_ARGUMENT` or `LIMIT_EXCEEDED`
  ///   for options out of bounds, or tensors that no layout can hold
  public static Layout plan(Schema schema, List<TensorMeasure> measures, LayoutOptions options) {
    throw new UnsupportedOperationException("format room");
  }
}
