package io.penstock.codec;

/// Turns an array into another array, such as a transposed one.
public non-sealed interface ArrayToArrayCodec extends Codec {}
