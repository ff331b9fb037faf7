package io.penstock.codec;

import java.lang.foreign.MemorySegment;

/// Leaves bytes as they are and puts a checksum of fixed length behind them. Implementations are
/// immutable and thread-safe.
public non-sealed interface ChecksumCodec extends BytesToBytesCodec {
  /// Bytes of the checksum.
  int checksumBytes();

  /// Writes the checksum of the first `payloadBytes` of `segment` directly behind them.
  void append(MemorySegment segment, long payloadBytes);

  /// Checks the checksum at the end of `encoded` and returns the payload before it, a slice.
  ///
  /// @throws io.penstock.error.CorruptDataException if it does not match, or there is no room for
  ///   it
  MemorySegment check(MemorySegment encoded);
}
