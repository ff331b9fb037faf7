package io.penstock.format;

import java.util.Set;

final class GroupMetadata {
  private GroupMetadata() {}

  static void checkNode(JsonObject object) {
    ZarrNode.check(object, "group", Set.of("consolidated_metadata"));
  }
}
