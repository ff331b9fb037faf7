package io.penstock.format;

import io.penstock.codec.CodecChain;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;

/// How one Zarr array of a fragment is cut, apart from its length on axis 0.
///
/// @param path below the fragment, such as `image` or `text/values`
/// @param type of its elements
/// @param innerShape the array's shape without axis 0
/// @param chunk shape of an inner chunk, axis 0 included
/// @param shard shape of a shard; a multiple of `chunk` on each axis
/// @param codecs chain of the inner chunks
public record ArrayLayout(
    String path, DataType type, Shape innerShape, Shape chunk, Shape shard, CodecChain codecs) {
  /// The array's shape when its axis 0 has this length.
  public Shape arrayShape(long length) {
    return innerShape.prepend(length);
  }

  /// The grid of shards when axis 0 has this length; an axis of length 0 has none.
  public Shape shardGrid(long length) {
    return grid(arrayShape(length), shard);
  }

  /// The full grid of inner chunks of every shard.
  public Shape chunkGrid() {
    return grid(shard, chunk);
  }

  /// Inner chunks of every shard's full grid.
  public int chunksPerShard() {
    return Math.toIntExact(chunkGrid().elements());
  }

  private static Shape grid(Shape whole, Shape part) {
    long[] cells = new long[whole.rank()];
    for (int axis = 0; axis < cells.length; axis++) {
      cells[axis] = Math.ceilDiv(whole.dimension(axis), part.dimension(axis));
    }
    return Shape.of(cells);
  }
}
