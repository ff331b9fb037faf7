package io.penstock.format;

import io.penstock.codec.CodecChain;
import io.penstock.codec.Codecs;
import io.penstock.error.CorruptDataException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.util.List;
import java.util.function.Supplier;

/// Codec chains in metadata.
///
/// @param codecs that are known
record Chains(Codecs codecs) {
  private static final int MAX_CODECS = 32;

  /// The most characters of a message that quotes metadata.
  private static final int MAX_DETAIL = 500;

  /// The chain behind a member.
  ///
  /// @param type of the array's elements
  /// @param chunk shape of what the chain encodes
  CodecChain parse(JsonObject object, String name, DataType type, Shape chunk) {
    List<Object> metadata = object.each(name, MAX_CODECS, (_, value) -> value);
    return in(object, () -> codecs.chain(metadata, type, chunk));
  }

  /// Runs something that reads a part of an object and does not know the object's key; its failures
  /// name the key and stay short.
  static <T> T in(JsonObject object, Supplier<T> reader) {
    try {
      return reader.get();
    } catch (CorruptDataException e) {
      String detail = e.detail();
      String shown = detail.length() <= MAX_DETAIL ? detail : detail.substring(0, MAX_DETAIL) + "…";
      throw new CorruptDataException(e.code(), object.key(), shown);
    }
  }
}
