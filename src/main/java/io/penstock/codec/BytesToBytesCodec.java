package io.penstock.codec;

/// Turns bytes into bytes: compression, checksums.
public non-sealed interface BytesToBytesCodec extends Codec {}
