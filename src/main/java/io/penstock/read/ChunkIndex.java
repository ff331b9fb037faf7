package io.penstock.read;

import io.penstock.codec.ShardIndex;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.format.ArrayCatalog;
import java.util.List;
import java.util.Optional;

/// Where the chunks of an array lie in their shards. Immutable, thread-safe.
sealed interface ChunkIndex {
  /// Where a chunk begins in its shard. Only for chunks without a problem.
  long offset(long chunk);

  /// Stored bytes of a chunk. Only for chunks without a problem.
  long length(long chunk);

  /// Why a chunk that holds data cannot be read, known before reading it.
  Optional<CorruptDataException> problem(long chunk);

  /// Heap bytes of the index, roughly.
  long weightBytes();

  /// What a reader says of a chunk that its shard's index leaves out.
  static CorruptDataException missingChunk(long inShard) {
    return new CorruptDataException(
        ErrorCode.DATA_CORRUPT, "chunk " + inShard + " of the shard is missing from its index");
  }

  /// What a reader says of a shard that is not there.
  static CorruptDataException missingShard() {
    return new CorruptDataException(ErrorCode.DATA_MISSING, "the object is missing");
  }

  /// By the fragment's catalog.
  record OfCatalog(ArrayCatalog catalog) implements ChunkIndex {
    @Override
    public long offset(long chunk) {
      return catalog.offset(chunk);
    }

    @Override
    public long length(long chunk) {
      return catalog.length(chunk);
    }

    @Override
    public Optional<CorruptDataException> problem(long chunk) {
      return chunk < catalog.chunks() && catalog.length(chunk) > 0
          ? Optional.empty()
          : Optional.of(missingChunk(chunk % catalog.chunksPerShard()));
    }

    @Override
    public long weightBytes() {
      return 4 * catalog.chunks() + 200L * catalog.shards().size();
    }
  }

  /// By the shards' own indexes, read one by one because the catalog is damaged or gone.
  record OfShards(List<ShardState> shards, int chunksPerShard) implements ChunkIndex {
    /// Copies the list.
    public OfShards {
      shards = List.copyOf(shards);
    }

    private ShardIndex index(long chunk) {
      return shards.get(Math.toIntExact(chunk / chunksPerShard)).index().orElseThrow();
    }

    private int inShard(long chunk) {
      return Math.toIntExact(chunk % chunksPerShard);
    }

    @Override
    public long offset(long chunk) {
      return index(chunk).offset(inShard(chunk));
    }

    @Override
    public long length(long chunk) {
      return index(chunk).length(inShard(chunk));
    }

    @Override
    public Optional<CorruptDataException> problem(long chunk) {
      ShardState state = shards.get(Math.toIntExact(chunk / chunksPerShard));
      if (state.problem().isPresent()) {
        return state.problem();
      }
      boolean readable = index(chunk).present(inShard(chunk)) && length(chunk) > 0;
      return readable ? Optional.empty() : Optional.of(missingChunk(inShard(chunk)));
    }

    @Override
    public long weightBytes() {
      return 16L * chunksPerShard * shards.size();
    }
  }

  /// A shard's index, or why there is none.
  record ShardState(Optional<ShardIndex> index, Optional<CorruptDataException> problem) {}
}
