package io.penstock.format;

import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Layouts in JSON.
final class LayoutJson {
  /// The most inner chunks of a shard: its index is 16 MiB then.
  static final int MAX_CHUNKS_PER_SHARD = 1 << 20;

  /// The most bytes of a decoded chunk.
  static final long MAX_CHUNK_BYTES = 1L << 30;

  private final Chains chains;

  LayoutJson(Chains chains) {
    this.chains = chains;
  }

  static Map<String, Object> print(Layout layout) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("group_samples", layout.groupSamples());
    members.put("tensors", layout.tensors().stream().map(LayoutJson::print).toList());
    return members;
  }

  private static Map<String, Object> print(TensorLayout tensor) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("tensor", tensor.tensor());
    switch (tensor) {
      case TensorLayout.Fixed fixed -> members.put("array", print(fixed.array()));
      case TensorLayout.Ragged ragged -> {
        members.put("values", print(ragged.values()));
        members.put("offset", print(ragged.offset()));
        members.put("shape", print(ragged.shape()));
      }
    }
    return members;
  }

  private static Map<String, Object> print(ArrayLayout array) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("path", array.path());
    members.put("type", array.type().zarrName());
    members.put("inner_shape", SchemaJson.print(array.innerShape()));
    members.put("chunk", SchemaJson.print(array.chunk()));
    members.put("shard", SchemaJson.print(array.shard()));
    members.put("codecs", array.codecs().metadata());
    return members;
  }

  Layout parse(JsonObject object, Schema schema) {
    Layout layout =
        new Layout(
            object.integer("group_samples", 1, Shape.MAX_DIMENSION),
            object.objects("tensors", Schema.MAX_TENSORS).stream()
                .map(tensor -> tensor(tensor, schema))
                .toList());
    check(object, layout, schema);
    return layout;
  }

  /// What the parts of a layout say of each other and of the schema.
  static void check(JsonObject object, Layout layout, Schema schema) {
    checkOrder(object, layout, schema);
    for (TensorLayout tensor : layout.tensors()) {
      if (tensor instanceof TensorLayout.Fixed fixed) {
        checkGroups(object, fixed.array(), layout.groupSamples());
      }
    }
  }

  private static void checkOrder(JsonObject object, Layout layout, Schema schema) {
    List<String> names = layout.tensors().stream().map(TensorLayout::tensor).toList();
    List<String> expected =
        schema.tensors().stream().map(TensorSpec::name).filter(names::contains).toList();
    if (!names.equals(expected)) {
      throw object.corrupt("tensors", names, "tensors in the order of the schema, each once");
    }
  }

  /// A chunk of a fixed tensor holds c·2^k samples or a divisor of c; shards hold multiples of c.
  private static void checkGroups(JsonObject object, ArrayLayout array, long groupSamples) {
    long chunk = array.chunk().dimension(0);
    boolean power = chunk % groupSamples == 0 && Long.bitCount(chunk / groupSamples) == 1;
    if (!power && groupSamples % chunk != 0) {
      throw object.corrupt(
          "group_samples", groupSamples, "chunks of " + array.path() + " to fit: " + chunk);
    }
    if (array.shard().dimension(0) % groupSamples != 0) {
      throw object.corrupt(
          "group_samples",
          groupSamples,
          "a divisor of the shard length of " + array.path() + ", " + array.shard().dimension(0));
    }
  }

  private TensorLayout tensor(JsonObject object, Schema schema) {
    String name = object.string("tensor");
    TensorSpec spec =
        schema
            .find(name)
            .orElseThrow(() -> object.corrupt("tensor", name, "a tensor of the schema"));
    if (!spec.ragged()) {
      return new TensorLayout.Fixed(
          name, array(object, "array", name, spec.type(), spec.sampleShape()));
    }
    Shape rank = Shape.of(spec.sampleShape().rank());
    return new TensorLayout.Ragged(
        name,
        array(object, "values", name + "/values", spec.type(), Shape.SCALAR),
        array(object, "offset", name + "/offset", DataType.INT64, Shape.SCALAR),
        array(object, "shape", name + "/shape", DataType.INT32, rank));
  }

  private ArrayLayout array(
      JsonObject tensor, String name, String path, DataType type, Shape innerShape) {
    JsonObject object = tensor.object(name);
    expect(object, "path", object.string("path"), path);
    expect(object, "type", SchemaJson.type(object, "type"), type);
    expect(
        object,
        "inner_shape",
        SchemaJson.shape(object, "inner_shape", Shape.MAX_RANK - 1, 0),
        innerShape);
    int rank = innerShape.rank() + 1;
    Shape chunk = SchemaJson.shape(object, "chunk", rank, 1);
    Shape shard = SchemaJson.shape(object, "shard", rank, 1);
    expect(object, "chunk", chunk.rank(), rank);
    checkShard(object, chunk, shard, type);
    return new ArrayLayout(
        path, type, innerShape, chunk, shard, chains.parse(object, "codecs", type, chunk));
  }

  static void expect(JsonObject object, String name, Object found, Object expected) {
    if (!found.equals(expected)) {
      throw object.corrupt(name, found, Json.shown(expected));
    }
  }

  static void checkShard(JsonObject object, Shape chunk, Shape shard, DataType type) {
    expect(object, "shard", shard.rank(), chunk.rank());
    long chunks = 1;
    long bytes = type.byteCount();
    for (int axis = 0; axis < chunk.rank(); axis++) {
      long length = chunk.dimension(axis);
      if (shard.dimension(axis) % length != 0) {
        throw object.corrupt("shard", shard, "a multiple of the chunk " + chunk);
      }
      long along = shard.dimension(axis) / length;
      if (along > MAX_CHUNKS_PER_SHARD / chunks) {
        throw object.corrupt("shard", shard, "at most " + MAX_CHUNKS_PER_SHARD + " chunks");
      }
      if (length > MAX_CHUNK_BYTES / bytes) {
        throw object.corrupt("chunk", chunk, "at most " + MAX_CHUNK_BYTES + " decoded bytes");
      }
      chunks *= along;
      bytes *= length;
    }
  }
}
