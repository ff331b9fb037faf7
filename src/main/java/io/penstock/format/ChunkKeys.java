package io.penstock.format;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// How chunk coordinates become keys: the chunk key encoding of Zarr v3.
///
/// @param encoding which of the two
/// @param separator between coordinates, `/` or `.`
record ChunkKeys(Encoding encoding, String separator) {
  /// The encodings of the specification.
  enum Encoding {
    /// `c/1/23`; `c` for a scalar.
    DEFAULT("default", "/"),
    /// `1.23`; `0` for a scalar.
    V2("v2", ".");

    private final String spelling;
    private final String usualSeparator;

    Encoding(String spelling, String usualSeparator) {
      this.spelling = spelling;
      this.usualSeparator = usualSeparator;
    }
  }

  /// What this library writes.
  static final ChunkKeys DEFAULT = new ChunkKeys(Encoding.DEFAULT, "/");

  private static final String MEMBER = "chunk_key_encoding";
  private static final String SEPARATOR = "separator";

  /// The key of a chunk below its array.
  String key(long... coordinates) {
    StringBuilder key = new StringBuilder(encoding == Encoding.DEFAULT ? "c" : "");
    for (long coordinate : coordinates) {
      key.append(key.isEmpty() ? "" : separator).append(coordinate);
    }
    return key.isEmpty() ? "0" : key.toString();
  }

  Map<String, Object> print() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("name", encoding.spelling);
    members.put("configuration", Map.of(SEPARATOR, separator));
    return members;
  }

  static ChunkKeys parse(JsonObject array) {
    Extension extension = Extension.parse(array, MEMBER);
    for (Encoding encoding : Encoding.values()) {
      if (encoding.spelling.equals(extension.name())) {
        JsonObject configuration = extension.configuration(Set.of(SEPARATOR));
        String separator = configuration.optionalString(SEPARATOR).orElse(encoding.usualSeparator);
        if (!separator.equals("/") && !separator.equals(".")) {
          throw configuration.corrupt(SEPARATOR, separator, "\"/\" or \".\"");
        }
        return new ChunkKeys(encoding, separator);
      }
    }
    throw array.unsupported(
        MEMBER, "the encoding " + Json.shown(extension.name()) + " is not known to this library");
  }
}
