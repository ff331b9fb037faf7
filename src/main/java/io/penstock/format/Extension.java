package io.penstock.format;

import java.util.Map;
import java.util.Set;

/// An extension point of Zarr v3: a name alone, or an object with `name`, perhaps `configuration`,
/// perhaps `must_understand`.
///
/// @param name of the extension
/// @param object the long form, or an empty object for the short one
record Extension(String name, JsonObject object) {
  private static final String CONFIGURATION = "configuration";
  private static final Set<String> MEMBERS = Set.of("name", CONFIGURATION, "must_understand");

  static Extension parse(JsonObject parent, String member) {
    if (parent.member(member) instanceof String name) {
      return new Extension(
          name, new JsonObject(parent.key(), parent.path() + member + ".", Map.of()));
    }
    JsonObject object = parent.object(member);
    refuseOthers(object, MEMBERS);
    return new Extension(object.string("name"), object);
  }

  /// The configuration, empty if there is none.
  ///
  /// @param known the members that it may have
  JsonObject configuration(Set<String> known) {
    JsonObject configuration =
        object.orElse(
            CONFIGURATION,
            new JsonObject(object.key(), object.path() + CONFIGURATION + ".", Map.of()),
            object::object);
    refuseOthers(configuration, known);
    return configuration;
  }

  private static void refuseOthers(JsonObject object, Set<String> known) {
    for (String name : object.members().keySet()) {
      if (!known.contains(name)) {
        throw object.unsupported(Json.shown(name), "not known to this library");
      }
    }
  }
}
