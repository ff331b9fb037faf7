package io.penstock.codec;

import java.lang.foreign.MemorySegment;

/// A chain bound to one element type and chunk shape: chunks to bytes and back. Decoded chunks are
/// C order, in the byte order of this machine. Immutable and thread-safe; what a thread needs on
/// the way (compression contexts, scratch memory) lies in the [CodecContext] that it passes.
public interface ChunkCodec {
  /// Bytes of a decoded chunk.
  long decodedBytes();

  /// The most bytes that an encoded chunk can have.
  long maxEncodedBytes();

  /// Native bytes that a [CodecContext] keeps to run this chain: 0 for chains with at most one step
  /// that moves bytes, such as `bytes`, `zstd`, `crc32c`. Compression contexts come on top, about 3
  /// MiB for encoding and 0.2 MiB for decoding with zstd.
  long scratchBytes();

  /// Encodes a chunk. Both segments are native and borrowed for the call.
  ///
  /// @param decoded exactly [#decodedBytes] bytes; not changed
  /// @param encoded at least [#maxEncodedBytes] bytes; written from its start
  /// @return bytes written
  long encode(MemorySegment decoded, MemorySegment encoded, CodecContext context);

  /// Decodes a chunk, filling `decoded` completely or throwing. No copy is made where the chain
  /// allows: checksum over `encoded`, then decompression straight into `decoded`.
  ///
  /// @param encoded exactly the stored bytes
  /// @param decoded exactly [#decodedBytes] bytes
  /// @throws io.penstock.error.CorruptDataException with what was found and expected
  void decode(MemorySegment encoded, MemorySegment decoded, CodecContext context);

  /// Checks the outermost checksum, if the chain ends in one, without decoding.
  ///
  /// @return whether there was a checksum to check
  boolean verify(MemorySegment encoded);
}
