package io.penstock.format;

import io.penstock.codec.Codecs;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The `zarr.json`s of one fragment: a Zarr v3 group, a group for each ragged tensor, and the
/// arrays. They say what the layout and the schema say, apart from descriptions, so that a fragment
/// explains itself without a version record.
///
/// @param schema the tensors, without descriptions
/// @param layout how they are written
/// @param rows samples
/// @param valueElements length of `values` of each ragged tensor, by its name
public record FragmentMetadata(
    Schema schema, Layout layout, long rows, Map<String, Long> valueElements) {
  /// The name of every object of a fragment's metadata.
  public static final String FILE = "zarr.json";

  /// Copies the map.
  public FragmentMetadata {
    valueElements = Map.copyOf(valueElements);
  }

  /// The metadata of a fragment with these extents.
  ///
  /// @param schema all tensors of the layout, perhaps more
  /// @param extents one for each tensor of the layout
  public static FragmentMetadata of(
      Schema schema, Layout layout, long rows, List<TensorExtent> extents) {
    List<TensorSpec> tensors =
        layout.tensors().stream()
            .map(tensor -> schema.find(tensor.tensor()).orElseThrow().withoutDescription())
            .toList();
    Map<String, Long> valueElements = new HashMap<>();
    for (TensorExtent extent : extents) {
      if (schema.find(extent.tensor()).orElseThrow().ragged()) {
        valueElements.put(extent.tensor(), extent.valueElements());
      }
    }
    return new FragmentMetadata(new Schema(tensors), layout, rows, valueElements);
  }

  /// All `zarr.json`s, path below the fragment to bytes, such as `zarr.json` and
  /// `text/values/zarr.json`, in the order of the paths. A pure function of this value.
  public SortedMap<String, byte[]> encode() {
    Map<String, Object> nodes = new FragmentNodes(this).print();
    SortedMap<String, byte[]> objects = new TreeMap<>();
    nodes.forEach(
        (path, node) -> objects.put(path.isEmpty() ? FILE : path + "/" + FILE, Json.print(node)));
    return objects;
  }

  /// The metadata behind these objects, which must be all of a fragment of ours.
  ///
  /// @param fragment key of the fragment below the dataset's root, for messages
  /// @param objects path below the fragment to bytes
  /// @throws io.penstock.error.CorruptDataException with code `METADATA_CORRUPT`, or `UNSUPPORTED`
  ///   for what this library does not know, naming the object
  public static FragmentMetadata decode(String fragment, Map<String, byte[]> objects) {
    return new FragmentParser(fragment, objects, new Chains(Codecs.standard())).parse();
  }
}
