package io.penstock.format;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Sessions and hints in JSON.
final class SessionJson {
  static final String KIND = "session";
  static final String HINT_KIND = "hint";

  private static final int MAX_BYTES = 64 << 10;
  private static final Pattern ID = Pattern.compile("[0-9a-z]{26}");

  private SessionJson() {}

  static byte[] print(SessionRecord session) {
    Map<String, Object> members = Envelope.begin(KIND, List.of());
    members.put("id", session.id());
    members.put("branch", session.branch());
    members.put("life", session.life());
    members.put("head", session.head());
    members.put("started", Times.print(session.started()));
    members.put("renewed", Times.print(session.renewed()));
    return Envelope.seal(members, MAX_BYTES);
  }

  static SessionRecord parse(String key, byte[] bytes) {
    JsonObject object = Envelope.open(key, KIND, bytes, MAX_BYTES);
    return new SessionRecord(
        object.string("id", ID),
        object.string("branch", Names.FORM),
        object.integer("life", 0, Long.MAX_VALUE),
        object.integer("head", -1, Long.MAX_VALUE),
        object.time("started"),
        object.time("renewed"));
  }

  static byte[] printHint(long number) {
    Map<String, Object> members = Envelope.begin(HINT_KIND, List.of());
    members.put("number", number);
    return Envelope.seal(members, MAX_BYTES);
  }

  static long parseHint(String key, byte[] bytes) {
    return Envelope.open(key, HINT_KIND, bytes, MAX_BYTES).integer("number", 0, Long.MAX_VALUE);
  }
}
