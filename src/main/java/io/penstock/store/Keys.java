package io.penstock.store;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.nio.charset.StandardCharsets;

/// The rules for keys: 1 to 1,024 bytes of UTF-8; segments between `/` are neither empty nor `.` nor
/// `..`; no control character, no `\`, no unpaired surrogate.
public final class Keys {
  private static final int MAX_BYTES = 1024;

  private Keys() {}

  /// Returns the key if it keeps the rules.
  ///
  /// @throws RefusedException naming the key and the rule it breaks
  public static String check(String key) {
    String broken = brokenRule(key);
    if (broken != null) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "key \"" + printable(key) + "\" " + broken);
    }
    return key;
  }

  private static @org.jspecify.annotations.Nullable String brokenRule(String key) {
    if (key.isEmpty()) {
      return "is empty";
    }
    if (key.length() > MAX_BYTES || key.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      return "is longer than " + MAX_BYTES + " bytes";
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(key)) {
      return "is not valid Unicode";
    }
    if (key.chars().anyMatch(c -> Character.isISOControl(c) || c == '\\')) {
      return "holds a control character or a backslash";
    }
    for (String segment : key.split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        return "holds an empty, \".\" or \"..\" segment";
      }
    }
    return null;
  }

  private static String printable(String key) {
    String shortened = key.length() <= 80 ? key : key.substring(0, 80) + "…";
    return shortened.replaceAll("\\p{Cntrl}", "?");
  }
}
