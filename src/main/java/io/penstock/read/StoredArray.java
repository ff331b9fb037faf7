package io.penstock.read;

import io.penstock.codec.ChunkCodec;
import io.penstock.error.ConflictException;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.format.ArrayLayout;
import io.penstock.format.ObjectKeys;
import io.penstock.store.ObjectInfo;
import io.penstock.tensor.Shape;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// One Zarr array of one fragment, ready to be read: its geometry, where its chunks lie, how they
/// are decoded. Chunks are numbered shard by shard (C order of the shard grid), inside a shard in C
/// order of its full grid. Thread-safe; immutable but for the tags of its shards, each pinned by
/// its first read.
final class StoredArray {
  private final String tensor;
  private final String fragment;
  private final ArrayLayout layout;
  private final long firstPosition;
  private final ChunkIndex index;
  private final ChunkCodec codec;
  private final long[] shape;
  private final long[] chunk;
  private final long[] shardGrid;
  private final long[] chunkGrid;
  private final int chunksPerShard;
  private final AtomicReferenceArray<String> tags;

  /// @param tensor that it belongs to
  /// @param fragment its key
  /// @param length of axis 0
  /// @param firstPosition of row 0 in the version; −1 where rows are not samples
  StoredArray(
      String tensor,
      String fragment,
      ArrayLayout layout,
      long length,
      long firstPosition,
      ChunkIndex index) {
    this.tensor = tensor;
    this.fragment = fragment;
    this.layout = layout;
    this.firstPosition = firstPosition;
    this.index = index;
    this.codec = layout.codecs().bind(layout.type(), layout.chunk());
    this.shape = layout.arrayShape(length).toArray();
    this.chunk = layout.chunk().toArray();
    this.shardGrid = layout.shardGrid(length).toArray();
    this.chunkGrid = layout.chunkGrid().toArray();
    this.chunksPerShard = layout.chunksPerShard();
    this.tags = new AtomicReferenceArray<>(Math.toIntExact(Shape.of(shardGrid).elements()));
  }

  String tensor() {
    return tensor;
  }

  ArrayLayout layout() {
    return layout;
  }

  ChunkCodec codec() {
    return codec;
  }

  ChunkIndex index() {
    return index;
  }

  /// Why a chunk that holds data cannot be read, if that is known before reading it.
  Optional<CorruptDataException> problem(long chunkNumber) {
    Optional<CorruptDataException> problem = index.problem(chunkNumber);
    if (problem.isPresent()) {
      return problem;
    }
    long length = index.length(chunkNumber);
    long most = codec.maxEncodedBytes();
    return length <= most
        ? Optional.empty()
        : Optional.of(
            new CorruptDataException(
                ErrorCode.DATA_CORRUPT,
                "a chunk of " + length + " stored bytes, its codecs make at most " + most));
  }

  int rank() {
    return shape.length;
  }

  /// Length of the array on an axis.
  long length(int axis) {
    return shape[axis];
  }

  /// Length of a chunk on an axis.
  long chunkLength(int axis) {
    return chunk[axis];
  }

  /// A copy of the chunk's dimensions.
  long[] chunkDimensions() {
    return chunk.clone();
  }

  /// Bytes of the whole array, decoded.
  long decodedBytes() {
    return Shape.of(shape).bytes(layout.type());
  }

  int shards() {
    return tags.length();
  }

  int chunksPerShard() {
    return chunksPerShard;
  }

  /// The number of the chunk at these coordinates of the grid of all chunks.
  long chunkAt(long[] coordinates) {
    long shard = 0;
    long inShard = 0;
    for (int axis = 0; axis < chunkGrid.length; axis++) {
      shard = shard * shardGrid[axis] + coordinates[axis] / chunkGrid[axis];
      inShard = inShard * chunkGrid[axis] + coordinates[axis] % chunkGrid[axis];
    }
    return shard * chunksPerShard + inShard;
  }

  /// The shard that holds a chunk.
  int shardOf(long chunkNumber) {
    return Math.toIntExact(chunkNumber / chunksPerShard);
  }

  /// The first index of a chunk on an axis; beyond the array for chunks that only pad the last
  /// shard.
  long chunkOrigin(long chunkNumber, int axis) {
    long shard = chunkNumber / chunksPerShard;
    long inShard = chunkNumber % chunksPerShard;
    for (int i = chunkGrid.length - 1; i > axis; i--) {
      shard /= shardGrid[i];
      inShard /= chunkGrid[i];
    }
    return ((shard % shardGrid[axis]) * chunkGrid[axis] + inShard % chunkGrid[axis]) * chunk[axis];
  }

  /// Whether a chunk holds elements of the array, rather than padding the last shard.
  boolean inBounds(long chunkNumber) {
    for (int axis = 0; axis < shape.length; axis++) {
      if (chunkOrigin(chunkNumber, axis) >= shape[axis]) {
        return false;
      }
    }
    return true;
  }

  /// Whether axis 0 counts samples, as it does in every array but the `values` of a ragged tensor.
  boolean rowsAreSamples() {
    return firstPosition >= 0;
  }

  /// The first sample of a chunk whose rows are samples, as a position in the version.
  long fromSample(long chunkNumber) {
    return firstPosition + chunkOrigin(chunkNumber, 0);
  }

  /// The end of its samples.
  long toSample(long chunkNumber) {
    return firstPosition + Math.min(shape[0], chunkOrigin(chunkNumber, 0) + chunk[0]);
  }

  /// The key of a shard.
  String key(int shard) {
    long[] coordinates = new long[shardGrid.length];
    long rest = shard;
    for (int axis = coordinates.length - 1; axis >= 0; axis--) {
      coordinates[axis] = rest % shardGrid[axis];
      rest /= shardGrid[axis];
    }
    return ObjectKeys.shard(fragment, layout.path(), coordinates);
  }

  /// The tag that the first read of a shard saw, or empty before it.
  Optional<String> tag(int shard) {
    return Optional.ofNullable(tags.get(shard));
  }

  /// Pins a shard's tag, or compares it with the one that is pinned.
  ///
  /// @throws ConflictException if the shard was replaced
  void pin(int shard, ObjectInfo seen) {
    String before = tags.compareAndExchange(shard, null, seen.etag());
    if (before != null && !before.equals(seen.etag())) {
      throw new ConflictException(
          ErrorCode.PRECONDITION_FAILED,
          "object "
              + key(shard)
              + " was replaced: its tag is "
              + seen.etag()
              + ", "
              + before
              + " was read before");
    }
  }

  @Override
  public String toString() {
    return fragment + "/" + layout.path();
  }
}
