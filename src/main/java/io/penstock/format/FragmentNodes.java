package io.penstock.format;

import io.penstock.codec.CodecChain;
import io.penstock.codec.FillValue;
import io.penstock.codec.ShardingIndexedCodec;
import io.penstock.tensor.DataType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The groups and arrays of a fragment in JSON, by their paths.
final class FragmentNodes {
  /*
   * What Zarr has no member for stands in attributes.penstock: of the fragment the group size, the
   * samples and the order of the tensors; of a ragged tensor its sample shape, dimension names and
   * media type; of a fixed one its media type. Nothing of it names the fragment or its place, so
   * equal data gives equal bytes.
   */
  static final String OURS = "penstock";

  private final FragmentMetadata fragment;
  private final Map<String, Object> below = new TreeMap<>();

  FragmentNodes(FragmentMetadata fragment) {
    this.fragment = fragment;
  }

  /// All nodes, path below the fragment to JSON, the fragment's group under the empty path.
  Map<String, Object> print() {
    for (TensorLayout tensor : fragment.layout().tensors()) {
      add(fragment.schema().find(tensor.tensor()).orElseThrow(), tensor);
    }
    Map<String, Object> ours = new LinkedHashMap<>();
    Envelope.putFormat(ours, List.of());
    ours.put("samples", fragment.rows());
    ours.put("group_samples", fragment.layout().groupSamples());
    ours.put("tensors", fragment.layout().tensors().stream().map(TensorLayout::tensor).toList());
    // zarr-python refuses a whole group if its consolidated metadata holds a type it does not know.
    boolean known =
        fragment.schema().tensors().stream().noneMatch(t -> t.type() == DataType.BFLOAT16);
    GroupMetadata group =
        new GroupMetadata(
            Map.of(OURS, ours), known ? Optional.of(new TreeMap<>(below)) : Optional.empty());
    Map<String, Object> nodes = new TreeMap<>(below);
    nodes.put("", group.print());
    return nodes;
  }

  private void add(TensorSpec spec, TensorLayout tensor) {
    Map<String, Object> ours = new LinkedHashMap<>();
    switch (tensor) {
      case TensorLayout.Fixed fixed -> {
        spec.mediaType().ifPresent(type -> ours.put("media_type", type));
        List<Optional<String>> names = new ArrayList<>();
        spec.dimensionNames().forEach(name -> names.add(Optional.of(name)));
        if (!names.isEmpty()) {
          names.addFirst(Optional.of(TensorSpec.SAMPLE_AXIS));
        }
        add(fixed.array(), fragment.rows(), names, ours);
      }
      case TensorLayout.Ragged ragged -> {
        ours.put("sample_shape", SchemaJson.print(spec.sampleShape()));
        if (!spec.dimensionNames().isEmpty()) {
          ours.put("dimension_names", spec.dimensionNames());
        }
        spec.mediaType().ifPresent(type -> ours.put("media_type", type));
        below.put(spec.name(), new GroupMetadata(Map.of(OURS, ours), Optional.empty()).print());
        long elements = fragment.valueElements().getOrDefault(spec.name(), 0L);
        add(ragged.values(), elements, List.of(), Map.of());
        add(ragged.offset(), fragment.rows(), List.of(), Map.of());
        add(ragged.shape(), fragment.rows(), List.of(), Map.of());
      }
    }
  }

  private void add(
      ArrayLayout array, long length, List<Optional<String>> names, Map<String, Object> ours) {
    CodecChain sharding =
        CodecChain.of(
            new ShardingIndexedCodec(
                array.chunk(), array.codecs(), ShardingIndexedCodec.defaultIndexCodecs(), true));
    ArrayMetadata metadata =
        new ArrayMetadata(
            array.arrayShape(length),
            array.type(),
            array.shard(),
            ChunkKeys.DEFAULT,
            FillValue.zero(array.type()),
            sharding,
            names,
            ours.isEmpty() ? Map.of() : Map.of(OURS, ours));
    below.put(array.path(), metadata.print());
  }
}
