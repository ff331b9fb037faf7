package io.penstock.codec;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The configuration of one codec as it was read, a map of plain values: hands out members by type
/// and range, and refuses what the codec does not know. Every refusal names codec, member and
/// value.
final class Configuration {
  private final String codec;
  private final Map<String, Object> members;

  /// A configuration that may have these members and no others: an unknown one could change what
  /// the bytes mean.
  Configuration(String codec, Map<String, Object> members, String... known) {
    this.codec = codec;
    this.members = members;
    members.forEach((name, value) -> {
      if (!List.of(known).contains(name)) {
        throw failure(ErrorCode.UNSUPPORTED, name + " = " + value + " is not known");
      }
    });
  }

  /// An unmodifiable configuration of two members, in this order.
  static Map<String, Object> of(String first, Object a, String second, Object b) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put(first, a);
    members.put(second, b);
    return Collections.unmodifiableMap(members);
  }

  /// An integer from `min` to `max`, or `absent` where there is none.
  int integer(String member, int min, int max, int absent) {
    Object value = members.get(member);
    if (value == null && !members.containsKey(member)) {
      return absent;
    }
    if (value instanceof Long number && number >= min && number <= max) {
      return number.intValue();
    }
    throw wrong(member, "an integer from " + min + " to " + max);
  }

  /// True or false, or `absent` where there is none.
  boolean flag(String member, boolean absent) {
    Object value = members.get(member);
    if (value == null && !members.containsKey(member)) {
      return absent;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw wrong(member, "true or false");
  }

  /// One of these words, or `absent` where there is none.
  String word(String member, List<String> words, String absent) {
    Object value = members.get(member);
    if (value == null && !members.containsKey(member)) {
      return absent;
    }
    if (value instanceof String word && words.contains(word)) {
      return word;
    }
    throw wrong(member, "one of " + words);
  }

  /// A text, if the member is one.
  @Nullable String text(String member) {
    return members.get(member) instanceof String text ? text : null;
  }

  /// Whether the member is there.
  boolean has(String member) {
    return members.containsKey(member);
  }

  /// A list.
  List<?> list(String member) {
    if (members.get(member) instanceof List<?> list) {
      return list;
    }
    throw wrong(member, "a list");
  }

  /// A list of integers, each from `min` to `max`.
  List<Long> integers(String member, long min, long max) {
    List<Long> numbers = new ArrayList<>();
    for (Object element : list(member)) {
      if (!(element instanceof Long number) || number < min || number > max) {
        throw wrong(member, "integers from " + min + " to " + max);
      }
      numbers.add(number);
    }
    return numbers;
  }

  /// The failure of a member whose value is not `expected`.
  CorruptDataException wrong(String member, String expected) {
    String found =
        members.containsKey(member) ? member + " = " + members.get(member) : member + " is missing";
    return failure(ErrorCode.METADATA_CORRUPT, found + ", expected " + expected);
  }

  private CorruptDataException failure(ErrorCode code, String what) {
    return new CorruptDataException(code, "codec " + codec + ": configuration." + what);
  }
}
