package io.penstock.codec;

/// Turns the elements of one chunk into bytes. Implementations are immutable and thread-safe, and
/// their encoded size follows from the array alone.
public non-sealed interface ElementCodec extends ArrayToBytesCodec, ArrayCodec {}
