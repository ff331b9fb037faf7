package io.penstock.format;

import java.util.List;

/// The chunks and shards of one array. Offsets follow from lengths: our shards hold their chunks in
/// order and without gaps, the index behind them. Immutable, thread-safe.
public final class ArrayCatalog {
  /// Chunks between two checkpoints: an offset adds up so many lengths at most.
  private static final int CHUNKS_PER_CHECKPOINT = 64;

  private final int[] lengths;
  private final long[] checkpoints;
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
    this.checkpoints = checkpoints(lengths);
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
    return bytesBetween(chunk - chunk % chunksPerShard, chunk);
  }

  /// Stored bytes of the chunks `from` (inclusive) to `to` (exclusive).
  long bytesBetween(long from, long to) {
    return bytesBefore(to) - bytesBefore(from);
  }

  private long bytesBefore(long chunk) {
    int end = Math.toIntExact(chunk);
    int checkpoint = end / CHUNKS_PER_CHECKPOINT;
    long bytes = checkpoints[checkpoint];
    for (int i = checkpoint * CHUNKS_PER_CHECKPOINT; i < end; i++) {
      bytes += lengths[i];
    }
    return bytes;
  }

  private static long[] checkpoints(int[] lengths) {
    long[] checkpoints = new long[lengths.length / CHUNKS_PER_CHECKPOINT + 1];
    long bytes = 0;
    for (int i = 0; i < lengths.length; i++) {
      if (i % CHUNKS_PER_CHECKPOINT == 0) {
        checkpoints[i / CHUNKS_PER_CHECKPOINT] = bytes;
      }
      bytes += lengths[i];
    }
    if (lengths.length % CHUNKS_PER_CHECKPOINT == 0) {
      checkpoints[lengths.length / CHUNKS_PER_CHECKPOINT] = bytes;
    }
    return checkpoints;
  }
}
