package io.penstock.format;

import java.util.List;

/// The chunks and shards of one array. Offsets follow from lengths: our shards hold their chunks in
/// order and without gaps, the index behind them. Immutable, thread-safe.
public final class ArrayCatalog {
  private final int[] lengths;
  private final int chunksPerShard;
  private final List<Shard> shards;

  /// One shard object.
  ///
  /// @param bytes its length, index included
  /// @param sha256 of its bytes
  public record Shard(long bytes, Digest sha256) {}

  /// Takes ownership of the array.
  ///
  /// @param lengths stored bytes of every chunk, 0 for a missing one
  /// @param chunksPerShard inner chunks of the full grid of one shard
  /// @param shards in C order of the shard grid; one without any chunk has no object and 0 bytes
  public ArrayCatalog(int[] lengths, int chunksPerShard, List<Shard> shards) {
    this.lengths = lengths;
    this.chunksPerShard = chunksPerShard;
    this.shards = List.copyOf(shards);
  }

  /// All chunks of the full grids of all shards.
  public long chunks() {
    return lengths.length;
  }

  /// Inner chunks of one shard.
  public int chunksPerShard() {
    return chunksPerShard;
  }

  /// The shards, in C order of their grid.
  public List<Shard> shards() {
    return shards;
  }

  /// Stored bytes of a chunk; 0 if it is missing.
  public int length(long chunk) {
    return lengths[Math.toIntExact(chunk)];
  }

  /// Where a chunk begins in its shard.
  public long offset(long chunk) {
    throw new UnsupportedOperationException("format room: prefix sums, a checkpoint every so many");
  }
}
