package io.penstock.format;

import io.penstock.codec.ShardingIndexedCodec;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Puts a fragment's metadata together from its objects; the reverse of [FragmentNodes].
final class FragmentParser {
  private final String fragment;
  private final Map<String, byte[]> objects;
  private final Chains chains;
  private final Map<String, JsonObject> nodes = new HashMap<>();

  FragmentParser(String fragment, Map<String, byte[]> objects, Chains chains) {
    this.fragment = fragment;
    this.objects = objects;
    this.chains = chains;
  }

  FragmentMetadata parse() {
    JsonObject group = node("");
    GroupMetadata.parse(group);
    JsonObject ours = group.object(ZarrNode.ATTRIBUTES).object(FragmentNodes.OURS);
    Envelope.checkFormat(ours);
    long rows = ours.integer("samples", 0, Shape.MAX_DIMENSION);
    Set<String> seen = new HashSet<>();
    List<TensorSpec> specs = new ArrayList<>();
    List<TensorLayout> tensors = new ArrayList<>();
    Map<String, Long> valueElements = new HashMap<>();
    for (String name : ours.strings("tensors", Schema.MAX_TENSORS)) {
      if (!seen.add(name)) {
        throw ours.corrupt("tensors", name, "each name once");
      }
      if (!Names.FORM.matcher(name).matches()) {
        throw ours.corrupt("tensors", name, "names of the form " + Names.FORM.pattern());
      }
      JsonObject node = node(name);
      if (node.string("node_type").equals(ArrayMetadata.NODE_TYPE)) {
        fixed(name, rows, specs, tensors);
      } else {
        valueElements.put(name, ragged(name, node, rows, specs, tensors));
      }
    }
    Layout layout = new Layout(ours.integer("group_samples", 1, Shape.MAX_DIMENSION), tensors);
    Schema schema = new Schema(specs);
    LayoutJson.check(ours, layout, schema);
    return new FragmentMetadata(schema, layout, rows, valueElements);
  }

  private void fixed(String name, long rows, List<TensorSpec> specs, List<TensorLayout> tensors) {
    ArrayMetadata array = array(name, rows);
    JsonObject ours = ours(node(name));
    List<String> names = array.dimensionNames().stream().skip(1).map(n -> n.orElse("")).toList();
    specs.add(spec(node(name), name, array.type(), array.shape().dropFirst(), names, ours));
    tensors.add(new TensorLayout.Fixed(name, layout(name, array)));
  }

  private long ragged(
      String name, JsonObject node, long rows, List<TensorSpec> specs, List<TensorLayout> tensors) {
    GroupMetadata.parse(node);
    JsonObject ours = ours(node);
    Shape sampleShape = SchemaJson.shape(ours, "sample_shape", Shape.MAX_RANK - 1, Shape.RAGGED);
    String path = name + "/values";
    ArrayMetadata values = array(path, -1);
    List<String> names =
        ours.orElse("dimension_names", List.of(), n -> ours.strings(n, Shape.MAX_RANK));
    specs.add(spec(node, name, values.type(), sampleShape, names, ours));
    ArrayMetadata offset = array(name + "/offset", rows);
    ArrayMetadata shape = array(name + "/shape", rows);
    expect(node(path), "shape", values.shape().rank(), 1);
    expect(node(name + "/offset"), "data_type", offset.type(), DataType.INT64);
    expect(node(name + "/offset"), "shape", offset.shape(), Shape.of(rows));
    expect(node(name + "/shape"), "data_type", shape.type(), DataType.INT32);
    expect(node(name + "/shape"), "shape", shape.shape(), Shape.of(rows, sampleShape.rank()));
    tensors.add(
        new TensorLayout.Ragged(
            name,
            layout(path, values),
            layout(name + "/offset", offset),
            layout(name + "/shape", shape)));
    return values.shape().dimension(0);
  }

  private static TensorSpec spec(
      JsonObject node,
      String name,
      DataType type,
      Shape sampleShape,
      List<String> dimensionNames,
      JsonObject ours) {
    SchemaJson.checkDimensionNames(node, dimensionNames, sampleShape.rank());
    return new TensorSpec(
        name,
        type,
        sampleShape,
        dimensionNames,
        ours.optionalString("media_type"),
        Optional.empty());
  }

  private ArrayMetadata array(String path, long length) {
    JsonObject node = node(path);
    ArrayMetadata array = ArrayMetadata.parse(node, chains);
    if (array.shape().rank() == 0 || (length >= 0 && array.shape().dimension(0) != length)) {
      throw node.corrupt("shape", array.shape(), length + " on axis 0");
    }
    expect(node, "chunk_key_encoding", array.chunkKeys(), ChunkKeys.DEFAULT);
    return array;
  }

  private ArrayLayout layout(String path, ArrayMetadata array) {
    JsonObject node = node(path);
    ShardingIndexedCodec sharding =
        array
            .codecs()
            .findSharding()
            .orElseThrow(() -> node.corrupt("codecs", "not sharded", "sharding_indexed"));
    expect(node, "codecs", array.codecs().codecs().size(), 1);
    expect(node, "codecs", sharding.indexAtEnd(), true);
    expect(node, "codecs", sharding.indexCodecs(), ShardingIndexedCodec.defaultIndexCodecs());
    LayoutJson.checkShard(node, sharding.innerChunk(), array.chunk(), array.type());
    return new ArrayLayout(
        path,
        array.type(),
        array.shape().dropFirst(),
        sharding.innerChunk(),
        array.chunk(),
        sharding.innerCodecs());
  }

  private static void expect(JsonObject node, String name, Object found, Object expected) {
    LayoutJson.expect(node, name, found, expected);
  }

  private static JsonObject ours(JsonObject node) {
    JsonObject none = new JsonObject(node.key(), "", Map.of());
    return node.findObject(ZarrNode.ATTRIBUTES)
        .flatMap(attributes -> attributes.findObject(FragmentNodes.OURS))
        .orElse(none);
  }

  private JsonObject node(String path) {
    return nodes.computeIfAbsent(path, this::load);
  }

  private JsonObject load(String path) {
    String key = ObjectKeys.metadata(fragment, path);
    byte[] bytes =
        objects.get(path.isEmpty() ? FragmentMetadata.FILE : path + "/" + FragmentMetadata.FILE);
    if (bytes == null) {
      throw new CorruptDataException(
          ErrorCode.DATA_MISSING, key, "a zarr.json of the fragment is missing");
    }
    return Json.parse(key, bytes);
  }
}
