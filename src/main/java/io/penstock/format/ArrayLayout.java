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
    String path, DataType type, Shape innerShape, Shape chunk, Shape shard, CodecChain codecs) {}
