package io.penstock.format;

import java.util.Collection;

/// The digests of a fragment and of a version. Pure functions, independent of ids, keys, times and
/// of where a dataset lies.
public final class Digests {
  private Digests() {}

  /// The digest of a fragment, or of its metadata alone, over these objects, in any order.
  ///
  /// @param objects each path once: all objects of the fragment, or all its `zarr.json`s
  public static Digest fragment(Collection<ObjectDigest> objects) {
    throw new UnsupportedOperationException("format room");
  }

  /// The chain of a fragment list that goes on with one more fragment: F(i) from F(i−1).
  public static Digest chain(Digest previous, Digest fragment) {
    throw new UnsupportedOperationException("format room");
  }

  /// The content digest of a version without deletions.
  ///
  /// @param chain of all its fragments
  public static Digest content(Schema schema, Digest chain) {
    throw new UnsupportedOperationException("format room");
  }
}
