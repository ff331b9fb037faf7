package io.penstock.codec;

import java.util.Map;

/// One codec of a Zarr v3 chain, as it stands in metadata: a name and a configuration. The three
/// kinds follow the specification, zarr-specs v3.1, "Codecs".
public sealed interface Codec permits ArrayToArrayCodec, ArrayToBytesCodec, BytesToBytesCodec {
  /// The name in metadata, such as `zstd`.
  String name();

  /// The configuration in metadata, members in the order in which they are written: values are
  /// String, Long, Boolean, and Lists and Maps of them.
  Map<String, Object> configuration();
}
