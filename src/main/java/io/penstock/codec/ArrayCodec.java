package io.penstock.codec;

import java.lang.foreign.MemorySegment;

/// What the codecs that take an array have in common: the size of what they make of it follows from
/// its type and shape alone. Decoded elements are in the byte order of this machine.
/// Implementations are immutable and thread-safe.
interface ArrayCodec {
  /// The name in metadata.
  String name();

  /// Bytes of the encoded array, exact.
  ///
  /// @throws io.penstock.error.CorruptDataException if the codec cannot be applied to such an array
  long encodedBytes(ArraySpec plain);

  /// Whether encoding such an array changes none of its bytes, so that the step can be left out.
  default boolean changesNothing(ArraySpec plain) {
    return false;
  }

  /// Encodes the array in `source` into `target`; both are borrowed, do not overlap, and have
  /// exactly the bytes of the array and of its encoded form.
  void encode(ArraySpec plain, MemorySegment source, MemorySegment target, CodecContext context);

  /// The reverse of `encode`: fills `target` with the array that `plain` describes, or throws.
  void decode(ArraySpec plain, MemorySegment source, MemorySegment target, CodecContext context);
}
