package io.penstock.codec;

/// Turns an array into another array, such as a transposed one. Implementations are immutable and
/// thread-safe, and their encoded size follows from the array alone.
public non-sealed interface ArrayToArrayCodec extends Codec, ArrayCodec {
  /// The array that this codec makes of `plain`.
  ///
  /// @throws io.penstock.error.CorruptDataException if the codec cannot be applied to such an array
  ArraySpec encodedArray(ArraySpec plain);

  @Override
  default long encodedBytes(ArraySpec plain) {
    return encodedArray(plain).bytes();
  }
}
