package io.penstock.format;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.regex.Pattern;

/// The rule for names of tensors, branches and tags: `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`.
public final class Names {
  static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private Names() {}

  /// Returns the name if it keeps the rule.
  ///
  /// @param what the kind of thing, for the message
  /// @throws RefusedException naming kind and value
  public static String check(String what, String name) {
    if (!valid(name)) {
      String shown = name.length() <= 140 ? name : name.substring(0, 140) + "…";
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          what + " name \"" + shown + "\" does not match " + FORM.pattern());
    }
    return name;
  }

  /// Whether a name keeps the rule.
  public static boolean valid(String name) {
    return FORM.matcher(name).matches();
  }
}
