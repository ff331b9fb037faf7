package io.penstock.codec;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/// `transpose`: the axes in another order; axis i of the encoded array is axis `order[i]` of the
/// plain one. Source: Zarr v3 `transpose` 1.0.
///
/// @param order a permutation of 0 to rank − 1
public record TransposeCodec(List<Integer> order) implements ArrayToArrayCodec {
  static final String NAME = "transpose";

  /// Copies the list.
  ///
  /// @throws RefusedException if it is no permutation
  public TransposeCodec {
    order = List.copyOf(order);
    if (!isPermutation(order)) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "transpose order " + order + " is no permutation");
    }
  }

  /// The codec behind a configuration. Older drafts of the specification wrote "C" for the order of
  /// the array and "F" for its reverse.
  static TransposeCodec read(Map<String, Object> members, ArraySpec array) {
    Configuration configuration = new Configuration(NAME, members, "order");
    int rank = array.shape().rank();
    List<Integer> axes = new ArrayList<>();
    if (configuration.text("order") == null) {
      configuration.integers("order", 0, Shape.MAX_RANK - 1).forEach(n -> axes.add(n.intValue()));
    } else {
      String word = configuration.word("order", List.of("C", "F"), "C");
      for (int axis = 0; axis < rank; axis++) {
        axes.add(word.equals("C") ? axis : rank - 1 - axis);
      }
    }
    if (axes.size() != rank || !isPermutation(axes)) {
      throw configuration.wrong("order", "a permutation of the axes of shape " + array.shape());
    }
    return new TransposeCodec(axes);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Map<String, Object> configuration() {
    return Map.of("order", order.stream().map(Integer::longValue).toList());
  }

  @Override
  public ArraySpec encodedArray(ArraySpec plain) {
    Shape shape = plain.shape();
    if (shape.rank() != order.size()) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT,
          "codec transpose: order " + order + " does not fit an array of shape " + shape);
    }
    return new ArraySpec(
        plain.type(), Shape.of(order.stream().mapToLong(shape::dimension).toArray()));
  }

  @Override
  public boolean changesNothing(ArraySpec plain) {
    int before = -1;
    for (int axis : order) {
      if (plain.shape().dimension(axis) == 1) {
        continue;
      }
      if (axis < before) {
        return false;
      }
      before = axis;
    }
    return true;
  }

  @Override
  public void encode(
      ArraySpec plain, MemorySegment source, MemorySegment target, CodecContext context) {
    Transposition.of(plain, order).run(source, target);
  }

  @Override
  public void decode(
      ArraySpec plain, MemorySegment source, MemorySegment target, CodecContext context) {
    Transposition.of(encodedArray(plain), inverse()).run(source, target);
  }

  private List<Integer> inverse() {
    List<Integer> inverse = new ArrayList<>(Collections.nCopies(order.size(), 0));
    for (int i = 0; i < order.size(); i++) {
      inverse.set(order.get(i), i);
    }
    return inverse;
  }

  private static boolean isPermutation(List<Integer> order) {
    for (int axis = 0; axis < order.size(); axis++) {
      if (!order.contains(axis)) {
        return false;
      }
    }
    return true;
  }
}
