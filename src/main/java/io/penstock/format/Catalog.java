package io.penstock.format;

import java.util.List;
import java.util.Optional;

/// The shard indexes of one tensor of one fragment, in one small object: lengths of all chunks, and
/// length and SHA-256 of each shard. Reading needs no index requests. A cache: it can be rebuilt
/// from the shards. Chunks of an array are numbered shard by shard (C order of the shard grid),
/// inside a shard in C order of its full grid; missing ones have length 0. Immutable, thread-safe.
public final class Catalog {
  private final List<ArrayCatalog> arrays;
  private final Optional<long[]> groupFirstChunks;

  /// A catalog of these arrays; takes ownership of the array.
  ///
  /// @param arrays in the order of the layout: one for a fixed tensor; `values`, `offset`, `shape`
  /// @param groupFirstChunks for a ragged tensor, the chunk of `values` at which each group starts
  public Catalog(List<ArrayCatalog> arrays, Optional<long[]> groupFirstChunks) {
    this.arrays = List.copyOf(arrays);
    this.groupFirstChunks = groupFirstChunks;
  }

  /// The arrays, in the order of the layout.
  public List<ArrayCatalog> arrays() {
    return arrays;
  }

  /// For a ragged tensor, the chunk of `values` at which a group starts.
  public long groupFirstChunk(long group) {
    return groupFirstChunks.orElseThrow()[Math.toIntExact(group)];
  }

  /// Groups of a ragged tensor; 0 for a fixed one.
  public long groups() {
    return groupFirstChunks.map(chunks -> (long) chunks.length).orElse(0L);
  }

  /// The bytes of this catalog.
  public byte[] encode() {
    throw new UnsupportedOperationException("format room");
  }

  /// The catalog of one tensor of one fragment.
  ///
  /// @param key where the bytes lie, for messages
  /// @param layout of the tensor, and `rows` and `extent` of the fragment: the grids must agree
  /// @throws io.penstock.error.CorruptDataException with code `METADATA_CORRUPT`
  public static Catalog decode(
      String key, byte[] bytes, TensorLayout layout, long rows, TensorExtent extent) {
    throw new UnsupportedOperationException("format room");
  }
}
