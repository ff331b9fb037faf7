package io.penstock.format;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/// The `zarr.json`s of one fragment: a Zarr v3 group, a group for each ragged tensor, and the
/// arrays.
///
/// @param schema the tensors, apart from free text that Zarr has no place for
/// @param layout how they are written
/// @param rows samples
/// @param valueElements length of `values` of each ragged tensor, by its name
public record FragmentMetadata(
    Schema schema, Layout layout, long rows, Map<String, Long> valueElements) {
  /// Copies the map.
  public FragmentMetadata {
    valueElements = Map.copyOf(valueElements);
  }

  /// The metadata of a fragment with these extents.
  public static FragmentMetadata of(
      Schema schema, Layout layout, long rows, List<TensorExtent> extents) {
    throw new UnsupportedOperationException("format room");
  }

  /// All `zarr.json`s, path below the fragment to bytes, such as `zarr.json` and
  /// `text/values/zarr.json`, in the order of the paths.
  public SortedMap<String, byte[]> encode() {
    throw new UnsupportedOperationException("format room");
  }

  /// The metadata behind these objects, which must be all of a fragment of ours.
  ///
  /// @param fragment key of the fragment below the dataset's root, for messages
  /// @param objects path below the fragment to bytes
  public static FragmentMetadata decode(String fragment, Map<String, byte[]> objects) {
    throw new UnsupportedOperationException("format room");
  }
}
