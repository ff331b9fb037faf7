package io.penstock.cache;

import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What one file of a cache holds: consecutive bytes of an object, as one chunk was asked for.
///
/// @param scope names the dataset, see [Pinning#scope]
/// @param key of the object below the dataset's root
/// @param offset of the first byte in the object
/// @param length how many bytes, 1 or more
record Piece(String scope, String key, long offset, long length) {
  private static final Pattern FILE_NAME = Pattern.compile("([0-9]{1,19})\\+([0-9]{1,19})");

  /// Where the piece belongs, unambiguous among all pieces of all datasets but for the range.
  String object() {
    return object(scope, key);
  }

  /// Where all pieces of an object belong.
  static String object(String scope, String key) {
    return scope + "/" + key;
  }

  /// The name of its file in the directory of its object.
  String fileName() {
    return offset + "+" + length;
  }

  /// The piece that a file's name means, or null for a name that is none.
  ///
  /// @param object directory that the file lies in, relative to the one of the scope
  static @org.jspecify.annotations.Nullable Piece parse(String scope, Path object, String name) {
    Matcher matcher = FILE_NAME.matcher(name);
    if (!matcher.matches()) {
      return null;
    }
    OptionalLong offset = number(matcher.group(1));
    OptionalLong length = number(matcher.group(2));
    if (offset.isEmpty() || length.isEmpty() || length.getAsLong() < 1) {
      return null;
    }
    String key = object.toString().replace(object.getFileSystem().getSeparator(), "/");
    return new Piece(scope, key, offset.getAsLong(), length.getAsLong());
  }

  private static OptionalLong number(String digits) {
    try {
      return OptionalLong.of(Long.parseLong(digits));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
