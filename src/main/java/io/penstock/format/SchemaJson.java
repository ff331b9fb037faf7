package io.penstock.format;

import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A schema in JSON. Its RFC 8785 form is what content digests cover.
final class SchemaJson {
  private SchemaJson() {}

  static Map<String, Object> print(Schema schema) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("tensors", schema.tensors().stream().map(SchemaJson::print).toList());
    return members;
  }

  private static Map<String, Object> print(TensorSpec tensor) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("name", tensor.name());
    members.put("type", tensor.type().zarrName());
    members.put("sample_shape", print(tensor.sampleShape()));
    if (!tensor.dimensionNames().isEmpty()) {
      members.put("dimension_names", tensor.dimensionNames());
    }
    tensor.mediaType().ifPresent(type -> members.put("media_type", type));
    tensor.description().ifPresent(text -> members.put("description", text));
    return members;
  }

  static Schema parse(JsonObject object) {
    List<TensorSpec> tensors =
        object.objects("tensors", Schema.MAX_TENSORS).stream().map(SchemaJson::tensor).toList();
    Set<String> names = new HashSet<>();
    for (TensorSpec tensor : tensors) {
      if (!names.add(tensor.name())) {
        throw object.corrupt("tensors", tensor.name(), "each name once");
      }
    }
    return new Schema(tensors);
  }

  private static TensorSpec tensor(JsonObject object) {
    Shape sampleShape = shape(object, "sample_shape", Shape.MAX_RANK - 1, Shape.RAGGED);
    List<String> dimensionNames =
        object.orElse("dimension_names", List.of(), name -> object.strings(name, Shape.MAX_RANK));
    checkDimensionNames(object, dimensionNames, sampleShape.rank());
    return new TensorSpec(
        object.string("name", Names.FORM),
        type(object, "type"),
        sampleShape,
        dimensionNames,
        object.optionalString("media_type"),
        object.optionalString("description"));
  }

  static void checkDimensionNames(JsonObject object, List<String> names, int rank) {
    if (!TensorSpec.namesFit(names, rank)) {
      throw object.corrupt("dimension_names", names, "none, or " + rank + " different names");
    }
  }

  static DataType type(JsonObject object, String name) {
    String spelled = object.string(name);
    return DataType.find(spelled)
        .orElseThrow(() ->
            object.unsupported(
                name, "the data type " + Json.shown(spelled) + " is not known to this library"));
  }

  static List<Long> print(Shape shape) {
    return Arrays.stream(shape.toArray()).boxed().toList();
  }

  /// A shape of at most so many dimensions, each at least `least`.
  static Shape shape(JsonObject object, String name, int maxRank, long least) {
    return Shape.of(object.integers(name, maxRank, least, Shape.MAX_DIMENSION));
  }
}
