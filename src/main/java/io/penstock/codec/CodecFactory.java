package io.penstock.codec;

import java.util.Map;

/// Makes codecs of one name from metadata: how a program brings codecs of its own. Immutable and
/// thread-safe.
public interface CodecFactory {
  /// The name in metadata, such as `zstd`.
  String name();

  /// The codec behind a configuration.
  ///
  /// @param configuration as metadata has it: String, Long, Double, Boolean, and Lists and Maps of
  ///   them; empty where metadata has none
  /// @param array what the codec meets in its chain; for bytes→bytes codecs, what was turned into
  ///   bytes
  /// @throws io.penstock.error.CorruptDataException with code `METADATA_CORRUPT` or `UNSUPPORTED`,
  ///   naming codec, member and value
  Codec make(Map<String, Object> configuration, ArraySpec array);
}
