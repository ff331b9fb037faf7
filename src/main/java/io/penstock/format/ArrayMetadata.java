package io.penstock.format;

import io.penstock.codec.CodecChain;
import io.penstock.codec.FillValue;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The `zarr.json` of a Zarr v3 array.
///
/// @param shape of the array
/// @param type of its elements
/// @param chunk shape of the regular grid's cells; of the shards if the chain shards
/// @param chunkKeys how chunks are named
/// @param fill value of elements that are not stored
/// @param codecs chain of the chunks
/// @param dimensionNames one for each dimension, some perhaps unnamed; empty if there are none
/// @param attributes the user's, and ours under `penstock`
record ArrayMetadata(
    Shape shape,
    DataType type,
    Shape chunk,
    ChunkKeys chunkKeys,
    FillValue fill,
    CodecChain codecs,
    List<Optional<String>> dimensionNames,
    Map<String, Object> attributes) {
  static final String NODE_TYPE = "array";

  private static final String DIMENSION_NAMES = "dimension_names";
  private static final Set<String> MEMBERS =
      Set.of(
          "shape",
          "data_type",
          "chunk_grid",
          "chunk_key_encoding",
          "fill_value",
          "codecs",
          DIMENSION_NAMES,
          "storage_transformers");

  Map<String, Object> print() {
    Map<String, Object> members = ZarrNode.begin(NODE_TYPE);
    members.put("shape", SchemaJson.print(shape));
    members.put("data_type", type.zarrName());
    Map<String, Object> grid = new LinkedHashMap<>();
    grid.put("name", "regular");
    grid.put("configuration", Map.of("chunk_shape", SchemaJson.print(chunk)));
    members.put("chunk_grid", grid);
    members.put("chunk_key_encoding", chunkKeys.print());
    members.put("fill_value", fill.metadata());
    members.put("codecs", codecs.metadata());
    if (!dimensionNames.isEmpty()) {
      members.put(
          DIMENSION_NAMES,
          dimensionNames.stream()
              .map(name -> name.<Object>map(n -> n).orElse(Json.Null.NULL))
              .toList());
    }
    members.put(ZarrNode.ATTRIBUTES, attributes);
    return members;
  }

  static ArrayMetadata parse(JsonObject object, Chains chains) {
    ZarrNode.check(object, NODE_TYPE, MEMBERS);
    if (object.has("storage_transformers")
        && !object.each("storage_transformers", 1, (_, value) -> value).isEmpty()) {
      throw object.unsupported("storage_transformers", "none is known to this library");
    }
    Shape shape = SchemaJson.shape(object, "shape", Shape.MAX_RANK, 0);
    DataType type = type(object);
    Shape chunk = chunk(object, shape, type);
    return new ArrayMetadata(
        shape,
        type,
        chunk,
        ChunkKeys.parse(object),
        Chains.in(object, () -> FillValue.parse(type, object.member("fill_value"))),
        chains.parse(object, "codecs", type, chunk),
        dimensionNames(object, shape.rank()),
        ZarrNode.attributes(object));
  }

  private static DataType type(JsonObject object) {
    String name = Extension.parse(object, "data_type").name();
    return DataType.find(name)
        .orElseThrow(() ->
            object.unsupported("data_type", Json.shown(name) + " is not known to this library"));
  }

  private static Shape chunk(JsonObject object, Shape shape, DataType type) {
    Extension grid = Extension.parse(object, "chunk_grid");
    if (!grid.name().equals("regular")) {
      throw object.unsupported(
          "chunk_grid", "the grid " + Json.shown(grid.name()) + " is not known to this library");
    }
    JsonObject configuration = grid.configuration(Set.of("chunk_shape"));
    Shape chunk = SchemaJson.shape(configuration, "chunk_shape", Shape.MAX_RANK, 1);
    if (chunk.rank() != shape.rank()) {
      throw configuration.corrupt("chunk_shape", chunk, "the rank of the shape, " + shape.rank());
    }
    long bytes = type.byteCount();
    for (long length : chunk.toArray()) {
      if (length > Long.MAX_VALUE / bytes) {
        throw configuration.corrupt("chunk_shape", chunk, "at most 2^63-1 bytes");
      }
      bytes *= length;
    }
    return chunk;
  }

  private static List<Optional<String>> dimensionNames(JsonObject object, int rank) {
    if (!object.has(DIMENSION_NAMES) || object.member(DIMENSION_NAMES) == Json.Null.NULL) {
      return List.of();
    }
    List<Optional<String>> names =
        object.each(
            DIMENSION_NAMES,
            Shape.MAX_RANK,
            (place, value) ->
                value == Json.Null.NULL
                    ? Optional.<String>empty()
                    : Optional.of(object.asString(place, value)));
    if (names.size() != rank) {
      throw object.corrupt(DIMENSION_NAMES, object.member(DIMENSION_NAMES), rank + " names");
    }
    return names;
  }
}
