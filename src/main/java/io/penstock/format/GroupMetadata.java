package io.penstock.format;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The `zarr.json` of a Zarr v3 group.
///
/// @param attributes the user's, and ours under `penstock`
/// @param consolidated metadata of everything below, path to JSON, or empty; a hint in general, as
///   it goes stale when something below changes
record GroupMetadata(Map<String, Object> attributes, Optional<Map<String, Object>> consolidated) {
  static final String NODE_TYPE = "group";

  private static final String CONSOLIDATED = "consolidated_metadata";
  private static final String METADATA = "metadata";

  Map<String, Object> print() {
    Map<String, Object> members = ZarrNode.begin(NODE_TYPE);
    members.put(ZarrNode.ATTRIBUTES, attributes);
    consolidated.ifPresent(below -> {
      Map<String, Object> inline = new LinkedHashMap<>();
      inline.put("kind", "inline");
      inline.put("must_understand", false);
      inline.put(METADATA, below);
      members.put(CONSOLIDATED, inline);
    });
    return members;
  }

  static GroupMetadata parse(JsonObject object) {
    ZarrNode.check(object, NODE_TYPE, Set.of(CONSOLIDATED));
    boolean absent = !object.has(CONSOLIDATED) || object.member(CONSOLIDATED) == Json.Null.NULL;
    return new GroupMetadata(
        ZarrNode.attributes(object),
        absent
            ? Optional.empty()
            : Optional.of(object.object(CONSOLIDATED).object(METADATA).members()));
  }
}
