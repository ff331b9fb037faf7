package io.penstock;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.Names;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which version is meant. Branches and tags share one namespace, so a bare name is enough for
/// both.
public sealed interface Ref {
  /// The branch that every dataset has.
  String MAIN = "main";

  /// The newest version of a branch, or the version that a tag names.
  ///
  /// @param name of a branch or a tag
  record Named(String name) implements Ref {
    /// Checks the name.
    public Named {
      Names.check("branch or tag", name);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /// A version by its number.
  ///
  /// @param branch name
  /// @param number 0 or more
  record Numbered(String branch, long number) implements Ref {
    /// Checks name and number.
    public Numbered {
      Names.check("branch", branch);
      if (number < 0) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT, "version number " + number + " is negative");
      }
    }

    @Override
    public String toString() {
      return branch + ":" + number;
    }
  }

  /// The newest version of a branch that is not younger than a time.
  ///
  /// @param branch name
  /// @param time inclusive
  record AsOf(String branch, Instant time) implements Ref {
    /// Checks the name.
    public AsOf {
      Names.check("branch", branch);
    }

    @Override
    public String toString() {
      return branch + ":" + time;
    }
  }

  /// The newest version of `main`.
  static Ref latest() {
    return new Named(MAIN);
  }

  /// The newest version of a branch.
  static Ref branch(String name) {
    return new Named(name);
  }

  /// The version that a tag names.
  static Ref tag(String name) {
    return new Named(name);
  }

  /// A version of a branch by its number.
  static Ref version(String branch, long number) {
    return new Numbered(branch, number);
  }

  /// The newest version of a branch that is not younger than a time.
  static Ref asOf(String branch, Instant time) {
    return new AsOf(branch, time);
  }

  /// Reads `name`, `branch:12` or `branch:2026-01-31T00:00:00Z`.
  ///
  /// @throws RefusedException with code `INVALID_SYNTAX` or `INVALID_ARGUMENT`
  static Ref parse(String text) {
    Matcher parts = Pattern.compile("([^:]*)(?::(.*))?", Pattern.DOTALL).matcher(text);
    if (!parts.matches() || parts.group(2) == null) {
      return new Named(text);
    }
    String branch = parts.group(1);
    String which = parts.group(2);
    try {
      return which.matches("[0-9]{1,19}")
          ? new Numbered(branch, Long.parseLong(which))
          : new AsOf(branch, Instant.parse(which));
    } catch (NumberFormatException | DateTimeException e) {
      throw new RefusedException(
          ErrorCode.INVALID_SYNTAX,
          "reference \""
              + text
              + "\": \""
              + which
              + "\" is neither a version number nor a time such as 2026-01-31T00:00:00Z",
          e);
    }
  }
}
