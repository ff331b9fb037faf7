package io.penstock.format;

import java.util.List;
import java.util.Optional;

/// A fragment as a version lists it.
///
/// @param id the fragment's key below the dataset's root; begins with its session's id
/// @param layout index into the version's layouts
/// @param rows samples
/// @param firstSampleId id of row 0; given by the commit
/// @param bytes stored bytes of all its objects
/// @param digest over everything in the fragment, see the format specification
/// @param metadataDigest over its `zarr.json`s alone
/// @param extents one for each tensor of the layout, in its order
/// @param shuffle how the writer shuffled the samples, or empty
public record FragmentEntry(
    String id,
    int layout,
    long rows,
    long firstSampleId,
    long bytes,
    Digest digest,
    Digest metadataDigest,
    List<TensorExtent> extents,
    Optional<WriteShuffle> shuffle) {
  /// Copies the list.
  public FragmentEntry {
    extents = List.copyOf(extents);
  }

  /// What one tensor amounts to.
  ///
  /// @throws java.util.NoSuchElementException if the fragment has no such tensor
  public TensorExtent extent(String tensor) {
    return extents.stream()
        .filter(extent -> extent.tensor().equals(tensor))
        .findFirst()
        .orElseThrow();
  }

  /// This entry under another layout index and first id, as a commit gives them.
  public FragmentEntry placed(int newLayout, long newFirstSampleId) {
    return new FragmentEntry(
        id, newLayout, rows, newFirstSampleId, bytes, digest, metadataDigest, extents, shuffle);
  }
}
