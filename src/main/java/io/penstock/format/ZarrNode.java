package io.penstock.format;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// What groups and arrays of Zarr v3 have in common in their metadata. Written strictly: long
/// forms, no members of ours outside of `attributes`. Read liberally: members in any order, unknown
/// ones if they say `"must_understand": false`. Source: Zarr core specification 3.1.
final class ZarrNode {
  static final String ATTRIBUTES = "attributes";

  private ZarrNode() {}

  static Map<String, Object> begin(String nodeType) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("zarr_format", 3);
    members.put("node_type", nodeType);
    return members;
  }

  /// Checks version and node type, and refuses members that a reader would have to understand.
  ///
  /// @param known the other members that the caller reads
  static void check(JsonObject object, String nodeType, Set<String> known) {
    long format = object.integer("zarr_format", 0, Integer.MAX_VALUE);
    if (format != 3) {
      throw object.unsupported("zarr_format", "Zarr format " + format + " in a zarr.json, not 3");
    }
    String found = object.string("node_type");
    if (!found.equals(nodeType)) {
      throw object.corrupt("node_type", found, Json.shown(nodeType));
    }
    for (Map.Entry<String, Object> member : object.members().entrySet()) {
      String name = member.getKey();
      boolean read =
          known.contains(name)
              || name.equals("zarr_format")
              || name.equals("node_type")
              || name.equals(ATTRIBUTES);
      if (!read && !mayBeIgnored(member.getValue())) {
        throw new CorruptDataException(
            ErrorCode.UNSUPPORTED,
            object.key(),
            "member " + Json.shown(object.path() + name) + " is not known to this library");
      }
    }
  }

  private static boolean mayBeIgnored(Object value) {
    return value instanceof Map<?, ?> map && Boolean.FALSE.equals(map.get("must_understand"));
  }

  /// The attributes, in which everything is the user's but `penstock`; empty if there are none.
  static Map<String, Object> attributes(JsonObject object) {
    return object.findObject(ATTRIBUTES).map(JsonObject::members).orElse(Map.of());
  }
}
