package io.penstock.convert;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.Names;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a user names as input: `[NAME=]PATH[#MEMBER]`.
///
/// @param name of the tensor, where it shall not be the input's own
/// @param path of a file or folder
/// @param member the one array of an NPZ file that is meant
public record SourceSpec(Optional<String> name, Path path, Optional<String> member) {
  private static final Pattern NAMED = Pattern.compile("([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)");

  /// Checks the name.
  public SourceSpec {
    name.ifPresent(given -> Names.check("tensor", given));
  }

  /// Reads the user's text. Where a path itself holds `=` or `#`, a file that exists under the
  /// whole text is meant.
  ///
  /// @throws RefusedException with code `INVALID_SYNTAX` or `INVALID_ARGUMENT`
  public static SourceSpec parse(String text) {
    if (exists(text)) {
      return new SourceSpec(Optional.empty(), Path.of(text), Optional.empty());
    }
    Matcher named = NAMED.matcher(text);
    Optional<String> name = named.matches() ? Optional.of(named.group(1)) : Optional.empty();
    String place = named.matches() ? named.group(2) : text;
    int hash = exists(place) ? -1 : place.lastIndexOf('#');
    Optional<String> member = hash < 0 ? Optional.empty() : Optional.of(place.substring(hash + 1));
    return new SourceSpec(name, path(hash < 0 ? place : place.substring(0, hash)), member);
  }

  /// The tensor's name: the given one, else the file's without its extensions.
  String tensorName() {
    if (name.isPresent()) {
      return name.get();
    }
    String file = path.getFileName() == null ? "" : path.getFileName().toString();
    String stem = file.replaceFirst("\\.gz$", "").replaceFirst("\\.[A-Za-z0-9]{1,5}$", "");
    try {
      return Names.check("tensor", stem);
    } catch (RefusedException e) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          path + " does not make a tensor's name; say NAME=" + path + " (" + e.getMessage() + ")",
          e);
    }
  }

  private static boolean exists(String text) {
    try {
      return Files.exists(Path.of(text));
    } catch (InvalidPathException e) {
      return false; // what is no path is no file either
    }
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new RefusedException(
          ErrorCode.INVALID_SYNTAX, "\"" + text + "\" is no path: " + e.getReason(), e);
    }
  }
}
