package io.penstock.format;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// An object in a JSON document, read member by member. A bare noun fails for a missing member or
/// one of another kind, `optional…` and `find…` are empty for a missing one. Members that nobody
/// asks for are ignored. Every failure names the object's key, the member's path, what it is and
/// what it should be.
///
/// @param key of the stored object
/// @param path of this object in the document, with a dot behind it, or empty
/// @param members in their order
record JsonObject(String key, String path, Map<String, Object> members) {
  /// A failure of one member.
  CorruptDataException corrupt(String name, Object found, String expected) {
    return new CorruptDataException(
        ErrorCode.METADATA_CORRUPT,
        key,
        "member " + path + name + " is " + Json.shown(found) + ", expected " + expected);
  }

  /// A member that says something which this library does not know.
  CorruptDataException unsupported(String name, String what) {
    return new CorruptDataException(
        ErrorCode.UNSUPPORTED, key, "member " + path + name + ": " + what);
  }

  boolean has(String name) {
    return members.containsKey(name);
  }

  Object member(String name) {
    Object value = members.get(name);
    if (value == null) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT, key, "member " + path + name + " is missing");
    }
    return value;
  }

  String string(String name) {
    return asString(name, member(name));
  }

  Optional<String> optionalString(String name) {
    return has(name) ? Optional.of(string(name)) : Optional.empty();
  }

  String string(String name, Pattern form) {
    String text = string(name);
    if (!form.matcher(text).matches()) {
      throw corrupt(name, text, "a string of the form " + form.pattern());
    }
    return text;
  }

  long integer(String name, long least, long most) {
    return asInteger(name, member(name), least, most);
  }

  int integer(String name, int least, int most) {
    return (int) integer(name, (long) least, (long) most);
  }

  boolean truth(String name) {
    Object value = member(name);
    if (value instanceof Boolean truth) {
      return truth;
    }
    throw corrupt(name, value, "true or false");
  }

  Digest digest(String name) {
    return new Digest(string(name, Digest.FORM));
  }

  /// A moment in the one form that is written: UTC, three digits of milliseconds.
  Instant time(String name) {
    String text = string(name, Times.FORM);
    try {
      return Instant.parse(text);
    } catch (DateTimeException _) {
      throw corrupt(name, text, "a moment like 2026-01-31T23:59:59.999Z");
    }
  }

  JsonObject object(String name) {
    return asObject(name, member(name));
  }

  Optional<JsonObject> findObject(String name) {
    return has(name) ? Optional.of(object(name)) : Optional.empty();
  }

  List<JsonObject> objects(String name, int most) {
    return each(name, most, (place, value) -> asObject(place, value));
  }

  List<String> strings(String name, int most) {
    return each(name, most, (place, value) -> asString(place, value));
  }

  long[] integers(String name, int most, long least, long limit) {
    return each(name, most, (place, value) -> asInteger(place, value, least, limit)).stream()
        .mapToLong(Long::longValue)
        .toArray();
  }

  /// Reads an array.
  ///
  /// @param element gives the value of an element from its place, such as `codecs[1]`, and its JSON
  <T> List<T> each(String name, int most, ElementReader<T> element) {
    Object value = member(name);
    if (!(value instanceof List<?> list)) {
      throw corrupt(name, value, "an array");
    }
    if (list.size() > most) {
      throw corrupt(name, value, "at most " + most + " elements");
    }
    List<T> elements = new ArrayList<>(list.size());
    for (int i = 0; i < list.size(); i++) {
      elements.add(element.read(name + "[" + i + "]", list.get(i)));
    }
    return elements;
  }

  /// Reads one element of an array.
  @FunctionalInterface
  interface ElementReader<T> {
    T read(String place, Object value);
  }

  /// Reads a member of its own, or gives what stands for a missing one.
  <T> T orElse(String name, T missing, Function<String, T> reader) {
    return has(name) ? reader.apply(name) : missing;
  }

  String asString(String place, Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw corrupt(place, value, "a string");
  }

  long asInteger(String place, Object value, long least, long most) {
    if (value instanceof Long number && number >= least && number <= most) {
      return number;
    }
    throw corrupt(place, value, "an integer from " + least + " to " + most);
  }

  JsonObject asObject(String place, Object value) {
    if (value instanceof Map<?, ?> map) {
      @SuppressWarnings("unchecked") // Json makes no other maps
      Map<String, Object> members = (Map<String, Object>) map;
      return new JsonObject(key, path + place + ".", members);
    }
    throw corrupt(place, value, "an object");
  }
}
