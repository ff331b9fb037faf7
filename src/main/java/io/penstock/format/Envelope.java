package io.penstock.format;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/// What all our JSON objects have around them: kind, format version and required features before
/// the body, the checksum behind it.
///
/// ```
/// {"penstock":"ref","format":1,"required_features":[], …body… ,"crc32c":"0a1b2c3d"}
/// ```
///
/// The object ends with exactly these 21 bytes: a comma, the member `crc32c` with 8 lower-case
/// hexadecimal digits, a brace. The CRC-32C covers all bytes before the comma.
final class Envelope {
  /// The format version that this library writes and reads.
  static final int FORMAT = 1;

  private static final Set<String> KNOWN_FEATURES = Set.of();
  private static final int MAX_FEATURES = 64;
  private static final String SUFFIX_START = ",\"crc32c\":\"";
  private static final String SUFFIX_END = "\"}";
  private static final int SUFFIX_BYTES = SUFFIX_START.length() + 8 + SUFFIX_END.length();

  private Envelope() {}

  /// A body to which the envelope's first members were added.
  static Map<String, Object> begin(String kind, List<String> features) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("penstock", kind);
    putFormat(members, features);
    return members;
  }

  /// Puts the members that say what a reader must know.
  static void putFormat(Map<String, Object> members, List<String> features) {
    members.put("format", FORMAT);
    members.put("required_features", features);
  }

  /// The bytes of a finished object, checksum behind it.
  ///
  /// @throws RefusedException if they are more than `maxBytes`
  static byte[] seal(Map<String, Object> members, int maxBytes) {
    byte[] plain = Json.print(members);
    int covered = plain.length - 1;
    byte[] sealed = Arrays.copyOf(plain, covered + SUFFIX_BYTES);
    if (sealed.length > maxBytes) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          "a " + members.get("penstock") + " of " + sealed.length + " bytes exceeds " + maxBytes);
    }
    byte[] suffix =
        (SUFFIX_START + checksum(plain, covered) + SUFFIX_END).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(suffix, 0, sealed, covered, SUFFIX_BYTES);
    return sealed;
  }

  /// The object in these bytes, its checksum, kind, format version and features checked.
  static JsonObject open(String key, String kind, byte[] bytes, int maxBytes) {
    if (bytes.length > maxBytes) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT,
          key,
          bytes.length + " bytes, a " + kind + " has at most " + maxBytes);
    }
    checkChecksum(key, bytes);
    JsonObject object = Json.parse(key, bytes);
    checkFormat(object);
    String found = object.string("penstock");
    if (!found.equals(kind)) {
      throw object.corrupt("penstock", found, Json.shown(kind));
    }
    return object;
  }

  /// Refuses a format version or a required feature that this library does not know.
  static void checkFormat(JsonObject object) {
    long format = object.integer("format", 1, Integer.MAX_VALUE);
    if (format != FORMAT) {
      throw object.unsupported(
          "format", "format version " + format + "; this library reads version " + FORMAT);
    }
    for (String feature : object.strings("required_features", MAX_FEATURES)) {
      if (!KNOWN_FEATURES.contains(feature)) {
        throw object.unsupported(
            "required_features",
            "the feature " + Json.shown(feature) + " is not known to this library");
      }
    }
  }

  /// CRC-32C of the first bytes, as 8 lower-case hexadecimal digits.
  static String checksum(byte[] bytes, int covered) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, covered);
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }

  private static void checkChecksum(String key, byte[] bytes) {
    int covered = bytes.length - SUFFIX_BYTES;
    String suffix =
        covered < 1 ? "" : new String(bytes, covered, SUFFIX_BYTES, StandardCharsets.ISO_8859_1);
    if (!suffix.startsWith(SUFFIX_START) || !suffix.endsWith(SUFFIX_END)) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT,
          key,
          bytes.length + " bytes that do not end with the member crc32c");
    }
    String stored = suffix.substring(SUFFIX_START.length(), SUFFIX_START.length() + 8);
    String computed = checksum(bytes, covered);
    if (!stored.equals(computed)) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT,
          key,
          "member crc32c is " + Json.shown(stored) + ", the bytes before it give " + computed);
    }
  }
}
