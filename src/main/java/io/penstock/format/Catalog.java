package io.penstock.format;

import io.penstock.format.CatalogFormat.Expected;
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

  /// The bytes of this catalog; the same for equal catalogs.
  public byte[] encode() {
    return CatalogFormat.encode(this);
  }

  /// The catalog of one tensor of one fragment.
  ///
  /// @param key where the bytes lie, for messages
  /// @param layout of the fragment; its grids and the catalog's must agree
  /// @param fragment whose catalog it is
  /// @param tensor of the layout
  /// @throws io.penstock.error.CorruptDataException with code `METADATA_CORRUPT`
  /// @throws io.penstock.error.RefusedException with code `LIMIT_EXCEEDED` if it is too large to be
  ///   held in memory
  public static Catalog decode(
      String key, byte[] bytes, Layout layout, FragmentEntry fragment, String tensor) {
    return switch (layout.find(tensor).orElseThrow()) {
      case TensorLayout.Fixed fixed ->
          CatalogFormat.decode(key, bytes, List.of(Expected.of(fixed.array(), fragment.rows())), 0);
      case TensorLayout.Ragged ragged ->
          CatalogFormat.decode(
              key,
              bytes,
              List.of(
                  Expected.of(ragged.values(), fragment.extent(tensor).valueElements()),
                  Expected.of(ragged.offset(), fragment.rows()),
                  Expected.of(ragged.shape(), fragment.rows())),
              Math.ceilDiv(fragment.rows(), layout.groupSamples()));
    };
  }
}
