package io.penstock.codec;

import java.lang.foreign.MemorySegment;

/// Turns bytes into other bytes, such as compressed ones. Implementations are immutable and
/// thread-safe; what a thread needs lies in the [CodecContext].
public non-sealed interface TransformCodec extends BytesToBytesCodec {
  /// The most bytes that so many plain bytes can become.
  long maxEncodedBytes(long plainBytes);

  /// Encodes all of `plain` into the start of `encoded`. Both are native, borrowed for the call,
  /// and at most 2 GiB − 1 long.
  ///
  /// @param encoded at least [#maxEncodedBytes] bytes, as far as they fit 2 GiB − 1
  /// @return bytes written
  long encode(MemorySegment plain, MemorySegment encoded, CodecContext context);

  /// Decodes all of `encoded` into the start of `plain`. Both are native, borrowed for the call,
  /// and at most 2 GiB − 1 long. Never allocates by a size that stands in `encoded`.
  ///
  /// @param plain room for the most bytes that are expected
  /// @return bytes written
  /// @throws io.penstock.error.CorruptDataException if `encoded` is malformed, ends early, has more
  ///   behind its end, or holds more than fits `plain`
  long decode(MemorySegment encoded, MemorySegment plain, CodecContext context);
}
