package io.penstock.codec;

/// Turns an array into bytes; every chain has exactly one. Either the elements of one chunk
/// ([ElementCodec]), or many chunks in one object ([ShardingIndexedCodec]).
public sealed interface ArrayToBytesCodec extends Codec
    permits ElementCodec, ShardingIndexedCodec {}
