package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.buffer.Lease;
import io.penstock.codec.CodecChain;
import io.penstock.codec.ShardIndex;
import io.penstock.codec.ShardingIndexedCodec;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.format.ArrayLayout;
import io.penstock.read.ChunkIndex.ShardState;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Consumer;

/// Reads the indexes of shards themselves. Thread-safe.
final class ShardIndexes {
  private static final CodecChain INDEX_CODECS = ShardingIndexedCodec.defaultIndexCodecs();

  private final Store store;
  private final BufferPool pool;

  ShardIndexes(Store store, BufferPool pool) {
    this.store = store;
    this.pool = pool;
  }

  /// Bytes of the index that stands at the end of each shard of an array.
  static long indexBytes(ArrayLayout layout) {
    return new ShardingIndexedCodec(layout.chunk(), layout.codecs(), INDEX_CODECS, true)
        .indexBytes(layout.chunksPerShard());
  }

  /// The index of the shard under a key, or why it cannot be had. Blocks: two requests.
  ShardState read(ArrayLayout layout, String key) {
    Optional<ObjectInfo> info = store.stat(key);
    if (info.isEmpty()) {
      return new ShardState(Optional.empty(), Optional.of(ChunkIndex.missingShard()));
    }
    try {
      return new ShardState(Optional.of(read(layout, info.get())), Optional.empty());
    } catch (CorruptDataException e) {
      return new ShardState(Optional.empty(), Optional.of(e));
    }
  }

  private ShardIndex read(ArrayLayout layout, ObjectInfo shard) {
    return read(layout, shard, _ -> {});
  }

  /// The index of a shard that is there. Blocks: one request.
  ///
  /// @param encoded sees the bytes of the index, borrowed, before they are decoded
  /// @throws CorruptDataException if they are damaged
  ShardIndex read(ArrayLayout layout, ObjectInfo shard, Consumer<MemorySegment> encoded) {
    long indexBytes = indexBytes(layout);
    if (shard.bytes() < indexBytes) {
      throw new CorruptDataException(
          ErrorCode.DATA_CORRUPT,
          "has " + shard.bytes() + " bytes, its index alone needs " + indexBytes);
    }
    try (Lease index = pool.lease(indexBytes)) {
      RangeRequest request = RangeRequest.of(shard.key(), shard.bytes() - indexBytes, indexBytes);
      Transfers.await(store.read(request, Landing.into(index.segment())), "read " + shard.key());
      encoded.accept(index.segment());
      return ShardIndex.decode(
          index.segment(), layout.chunksPerShard(), INDEX_CODECS, shard.bytes());
    }
  }
}
