package io.penstock.codec;

/// Turns bytes into bytes: either into other bytes ([TransformCodec]), or into the same ones and a
/// checksum behind them ([ChecksumCodec]), which needs no copy.
public sealed interface BytesToBytesCodec extends Codec permits TransformCodec, ChecksumCodec {}
