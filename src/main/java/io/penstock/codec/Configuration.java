package io.penstock.codec;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Reads the configuration of one codec.
final class Configuration {
  private Configuration() {}

  /// An unmodifiable configuration of two members, in this order.
  static Map<String, Object> of(String first, Object a, String second, Object b) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put(first, a);
    members.put(second, b);
    return Collections.unmodifiableMap(members);
  }
}
