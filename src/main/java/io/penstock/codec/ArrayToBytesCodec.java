package io.penstock.codec;

/// Turns an array into bytes; every chain has exactly one.
public non-sealed interface ArrayToBytesCodec extends Codec {}
