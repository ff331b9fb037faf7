package io.penstock.store;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// The rules for keys: 1 to 1,024 bytes of UTF-8; segments between `/` are neither empty nor `.`
/// nor `..`; no control character, no `\`, no unpaired surrogate.
public final class Keys {
  /// The most keys that one page of a listing may ask for.
  public static final int MAX_PAGE_KEYS = 1000;

  /// The order of listings: that of the keys' UTF-8 bytes.
  public static final Comparator<String> ORDER = Keys::compareBytes;

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

  /// Whether the text is a key.
  public static boolean isKey(String text) {
    return brokenRule(text) == null;
  }

  /// Checks the arguments of [Store#list]: a prefix and a start are empty or the beginning of what
  /// a key could be.
  ///
  /// @throws RefusedException naming the argument and the rule it breaks
  public static void checkListing(String prefix, String startAfter, int maxKeys) {
    checkPart("prefix", prefix);
    checkPart("start", startAfter);
    if (maxKeys < 1 || maxKeys > MAX_PAGE_KEYS) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "page of " + maxKeys + " keys; a page has 1 to " + MAX_PAGE_KEYS);
    }
  }

  /// Checks the argument of [Store#listDirectories]: empty, or a key and a `/` behind it.
  ///
  /// @throws RefusedException naming the prefix and the rule it breaks
  public static String checkDirectory(String prefix) {
    if (!prefix.isEmpty()) {
      if (!prefix.endsWith("/")) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "directory prefix \"" + printable(prefix) + "\" does not end with a slash");
      }
      check(prefix.substring(0, prefix.length() - 1));
    }
    return prefix;
  }

  private static void checkPart(String name, String part) {
    String key = part.endsWith("/") ? part.substring(0, part.length() - 1) : part;
    String broken = part.isEmpty() ? null : brokenRule(key.endsWith(".") ? key + "x" : key);
    if (broken != null) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "listing " + name + " \"" + printable(part) + "\" " + broken);
    }
  }

  // Code points have the order of their UTF-8 bytes; UTF-16 units have not: surrogates, which stand
  // for the highest code points, lie below U+E000.
  private static int compareBytes(String a, String b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        return Integer.compare(rank(x), rank(y));
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  private static int rank(char unit) {
    return Character.isSurrogate(unit) ? unit + 0x10000 : unit;
  }

  private static @Nullable String brokenRule(String key) {
    if (key.isEmpty()) {
      return "is empty";
    }
    if (key.length() > MAX_BYTES || key.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      return "is longer than " + MAX_BYTES + " bytes";
    }
    for (int i = 0, c; i < key.length(); i += Character.charCount(c)) {
      c = key.codePointAt(i);
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        return "is not valid Unicode";
      }
      if (Character.isISOControl(c) || c == '\\') {
        return "holds a control character or a backslash";
      }
    }
    String framed = "/" + key + "/";
    if (framed.contains("//") || framed.contains("/./") || framed.contains("/../")) {
      return "holds an empty, \".\" or \"..\" segment";
    }
    return null;
  }

  private static String printable(String key) {
    String shortened = key.length() <= 80 ? key : key.substring(0, 80) + "…";
    return shortened.replaceAll("\\p{Cntrl}", "?");
  }
}
