package io.penstock.format;

import java.util.List;
import java.util.Map;

/// Refs in JSON.
final class RefJson {
  static final String KIND = "ref";

  private static final int MAX_BYTES = 64 << 10;

  private RefJson() {}

  static byte[] print(RefRecord ref) {
    Map<String, Object> members = Envelope.begin(KIND, List.of());
    members.put("name", ref.name());
    members.put("number", ref.number());
    members.put("time", Times.print(ref.time()));
    switch (ref.meaning()) {
      case RefRecord.Branch branch -> {
        members.put("meaning", "branch");
        branch.start().ifPresent(start -> members.put("start", VersionJson.print(start)));
      }
      case RefRecord.Tag tag -> {
        members.put("meaning", "tag");
        members.put("target", VersionJson.print(tag.target()));
      }
      case RefRecord.Deleted _ -> members.put("meaning", "deleted");
    }
    return Envelope.seal(members, MAX_BYTES);
  }

  static RefRecord parse(String key, byte[] bytes) {
    JsonObject object = Envelope.open(key, KIND, bytes, MAX_BYTES);
    String meaning = object.string("meaning");
    return new RefRecord(
        object.string("name", Names.FORM),
        object.integer("number", 0, Long.MAX_VALUE),
        object.time("time"),
        switch (meaning) {
          case "branch" -> new RefRecord.Branch(object.findObject("start").map(VersionJson::link));
          case "tag" -> new RefRecord.Tag(VersionJson.link(object.object("target")));
          case "deleted" -> new RefRecord.Deleted();
          default ->
              throw object.unsupported(
                  "meaning", Json.shown(meaning) + " is not known to this library");
        });
  }
}
