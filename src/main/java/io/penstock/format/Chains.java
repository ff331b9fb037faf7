package io.penstock.format;

import io.penstock.codec.CodecChain;
import io.penstock.codec.Codecs;
import io.penstock.error.CorruptDataException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;

/// Codec chains in metadata.
///
/// @param codecs that are known
record Chains(Codecs codecs) {
  private static final int MAX_CODECS = 32;

  /// The chain behind a member.
  ///
  /// @param type of the array's elements
  /// @param chunk shape of what the chain encodes
  CodecChain parse(JsonObject object, String name, DataType type, Shape chunk) {
    try {
      return codecs.chain(object.each(name, MAX_CODECS, (_, value) -> value), type, chunk);
    } catch (CorruptDataException e) {
      throw e.object() == null ? e.in(object.key()) : e;
    }
  }
}
