package io.penstock.write;

import io.penstock.codec.ChunkCodec;
import io.penstock.codec.CodecChain;
import io.penstock.codec.ShardingIndexedCodec;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.ArrayLayout;
import io.penstock.store.Upload;
import io.penstock.tensor.Shape;

/// How one array is written: its layout, the codec bound to its chunks, and the sizes of buffers
/// that follow.
///
/// @param layout of the array
/// @param codec bound to one chunk
/// @param indexBytes of a shard's index
record ArrayPlan(ArrayLayout layout, ChunkCodec codec, long indexBytes) {
  /// The codecs of every shard's index.
  static final CodecChain INDEX_CODECS = ShardingIndexedCodec.defaultIndexCodecs();

  /// The parts that the pool can spare have at least so many bytes: fewer requests than with the
  /// least that S3 accepts.
  private static final long SPARE_PART_BYTES = 8L << 20;

  /// The plan for an array.
  ///
  /// @throws RefusedException if shards would have to be written side by side: each of several
  ///   samples, and each only a part of them
  static ArrayPlan of(ArrayLayout layout) {
    ChunkCodec codec = layout.codecs().bind(layout.type(), layout.chunk());
    ShardingIndexedCodec sharding =
        new ShardingIndexedCodec(layout.chunk(), layout.codecs(), INDEX_CODECS, true);
    long indexBytes = sharding.indexBytes(layout.chunksPerShard());
    ArrayPlan plan = new ArrayPlan(layout, codec, indexBytes);
    if (plan.innerShards() > 1 && layout.chunkGrid().dimension(0) > 1) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "array "
              + layout.path()
              + ": samples larger than a shard need chunkSamples 1, or a shard"
              + " that holds one");
    }
    return plan;
  }

  /// Bytes of a decoded chunk.
  long chunkBytes() {
    return codec.decodedBytes();
  }

  /// The chunks that lie side by side on the inner axes, for each step along axis 0.
  Shape innerGrid() {
    long[] cells = new long[layout.innerShape().rank()];
    for (int axis = 0; axis < cells.length; axis++) {
      cells[axis] =
          Math.ceilDiv(layout.innerShape().dimension(axis), layout.chunk().dimension(axis + 1));
    }
    return Shape.of(cells);
  }

  /// The shards that lie side by side on the inner axes, for each step along axis 0.
  long innerShards() {
    Shape grid = layout.shardGrid(1);
    return grid.productFrom(1);
  }

  /// What the packing of this array needs of the workspace: one part. Its buffer holds a whole
  /// shard, or so much that a part which has no room for another chunk and the index is long enough
  /// for an upload; and the part may begin anywhere in a block.
  Workspace.Need parts() {
    long chunkBytes = codec.maxEncodedBytes();
    long allChunks = Math.multiplyExact(chunkBytes, layout.chunksPerShard());
    long besides = indexBytes + Upload.BLOCK_BYTES;
    long shardBytes = Math.addExact(allChunks, besides);
    long streamed = Upload.MIN_PART_BYTES + chunkBytes + besides;
    long spare = Math.max(streamed, SPARE_PART_BYTES);
    return new Workspace.Need(Math.min(shardBytes, streamed), 1, Math.min(shardBytes, spare));
  }
}
