package io.penstock.codec;

import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.util.List;

/// A chain of codecs as metadata lists it, not bound to a type and shape yet: array→array codecs,
/// one array→bytes codec, bytes→bytes codecs. Immutable, thread-safe.
public final class CodecChain {
  private final List<Codec> codecs;

  private CodecChain(List<Codec> codecs) {
    this.codecs = codecs;
  }

  /// A chain of these codecs, in metadata's order.
  ///
  /// @throws io.penstock.error.CorruptDataException if the kinds are out of order or the array→bytes
  ///     codec is missing or repeated
  public static CodecChain of(List<Codec> codecs) {
    return new CodecChain(List.copyOf(codecs));
  }

  /// The codecs, in metadata's order.
  public List<Codec> codecs() {
    return codecs;
  }

  /// This chain for chunks of one type and shape. A chain whose array→bytes codec is
  /// `sharding_indexed` cannot be bound: its inner chain is bound, and the shard index read by
  /// [ShardIndex].
  public ChunkCodec bind(DataType type, Shape chunk) {
    throw new UnsupportedOperationException("codec room");
  }
}
