package io.penstock.format;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/// JSON text to values and back, within limits. Values are Map (members in order), List, String,
/// Long, BigInteger (an integer that does not fit a long), Double (a number with a fraction or an
/// exponent), Boolean and [Null].
///
/// Refused: text that is not UTF-8, more than [#MAX_BYTES], [#MAX_DEPTH] or [#MAX_VALUES], a member
/// that stands twice in an object, anything behind the value. Integers never pass through a double.
final class Json {
  // Jackson's parser checks the grammar, depth and lengths; a small loop over its tokens builds the
  // values and counts them. What it finds wrong becomes a CorruptDataException that names the key.

  /// The most bytes of a metadata object.
  static final int MAX_BYTES = 16 << 20;

  /// The deepest nesting of objects and arrays.
  static final int MAX_DEPTH = 64;

  /// The most values of a metadata object, counting each member, element, object and array: bounds
  /// the memory that small values need beside their text.
  static final int MAX_VALUES = 1 << 19;

  private static final int MAX_NUMBER_CHARS = 1000;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxDocumentLength(MAX_BYTES)
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(MAX_NUMBER_CHARS)
                  .maxStringLength(MAX_BYTES)
                  .maxNameLength(1 << 16)
                  .build())
          .streamWriteConstraints(
              StreamWriteConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
          .disable(JsonWriteFeature.ESCAPE_FORWARD_SLASHES)
          .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
          .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
          .build();

  /// The value `null`.
  enum Null {
    NULL
  }

  private final String key;
  private int values;

  private Json(String key) {
    this.key = key;
  }

  /// The object that these bytes spell.
  ///
  /// @param key of the stored object, for messages
  static JsonObject parse(String key, byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT,
          key,
          bytes.length + " bytes, a metadata object has at most " + MAX_BYTES);
    }
    checkUtf8(key, bytes);
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new CorruptDataException(ErrorCode.METADATA_CORRUPT, key, "not a JSON object");
      }
      Map<String, Object> members = new Json(key).object(parser);
      if (parser.nextToken() != null) {
        throw new CorruptDataException(
            ErrorCode.METADATA_CORRUPT, key, "something stands behind the JSON object");
      }
      return new JsonObject(key, "", members);
    } catch (JacksonException e) {
      throw malformed(key, e);
    }
  }

  private Map<String, Object> object(JsonParser parser) {
    Map<String, Object> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = wellFormed(parser.currentName());
      parser.nextToken();
      if (members.put(name, value(parser)) != null) {
        throw new CorruptDataException(
            ErrorCode.METADATA_CORRUPT, key, "member " + shown(name) + " stands twice");
      }
    }
    return members;
  }

  private List<Object> array(JsonParser parser) {
    List<Object> elements = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      elements.add(value(parser));
    }
    return elements;
  }

  private Object value(JsonParser parser) {
    if (++values > MAX_VALUES) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT, key, "more than " + MAX_VALUES + " JSON values");
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> wellFormed(parser.getString());
      case VALUE_NUMBER_INT -> integer(parser.getString());
      case VALUE_NUMBER_FLOAT -> Double.valueOf(parser.getString());
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> Null.NULL;
      case END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
          throw new AssertionError(parser.currentToken());
    };
  }

  private static Object integer(String digits) {
    if (digits.length() < 19) {
      return Long.valueOf(digits);
    }
    BigInteger number = new BigInteger(digits);
    return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
  }

  private String wellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (!Character.isSurrogatePair(
            text.charAt(i), i + 1 < text.length() ? text.charAt(i + 1) : 0)) {
          throw new CorruptDataException(
              ErrorCode.METADATA_CORRUPT, key, "a string holds half of a surrogate pair");
        }
        i++;
      }
    }
    return text;
  }

  private static void checkUtf8(String key, byte[] bytes) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(4096);
    while (true) {
      var result = decoder.decode(in, out, true);
      if (result.isError()) {
        throw new CorruptDataException(
            ErrorCode.METADATA_CORRUPT, key, "byte " + in.position() + " is not UTF-8");
      }
      if (result.isUnderflow()) {
        return;
      }
      out.clear();
    }
  }

  private static CorruptDataException malformed(String key, JacksonException e) {
    var place = e.getLocation();
    String where = place == null ? "" : " at byte " + place.getByteOffset();
    return new CorruptDataException(
        ErrorCode.METADATA_CORRUPT, key, "malformed JSON" + where + ": " + e.getOriginalMessage());
  }

  /// A value for a message: short, on one line.
  static String shown(Object value) {
    String text =
        switch (value) {
          case Null.NULL -> "null";
          case String string -> '"' + string + '"';
          case Map<?, ?> _ -> "an object";
          case List<?> list -> "an array of " + list.size();
          default -> value.toString();
        };
    String cut = text.length() <= 80 ? text : text.substring(0, 80) + "…";
    return cut.replaceAll("\\p{Cntrl}", "?");
  }

  /// The shortest text of a value: members in their order, no white space.
  static byte[] print(Object value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator generator = FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
      write(generator, value);
    } catch (JacksonException e) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "not JSON: " + e.getOriginalMessage(), e);
    }
    return bytes.toByteArray();
  }

  /// The text of a value in the form of RFC 8785. Numbers must be integers within ±(2^53−1).
  static byte[] printCanonical(Object value) {
    return print(sorted(value));
  }

  private static Object sorted(Object value) {
    return switch (value) {
      case Map<?, ?> members -> {
        Map<String, Object> inOrder = new TreeMap<>();
        members.forEach((name, member) -> inOrder.put((String) name, sorted(member)));
        yield inOrder;
      }
      case List<?> elements -> elements.stream().map(Json::sorted).toList();
      case Long number when Math.abs(number) <= (1L << 53) - 1 -> number;
      case Integer number -> number;
      case Number number ->
          throw new RefusedException(
              ErrorCode.LIMIT_EXCEEDED, number + " is no integer within 2^53-1");
      default -> value;
    };
  }

  private static void write(JsonGenerator generator, Object value) {
    switch (value) {
      case Map<?, ?> members -> {
        generator.writeStartObject();
        members.forEach((name, member) -> {
          generator.writeName((String) name);
          write(generator, member);
        });
        generator.writeEndObject();
      }
      case List<?> elements -> {
        generator.writeStartArray();
        elements.forEach(element -> write(generator, element));
        generator.writeEndArray();
      }
      case String text -> generator.writeString(text);
      case Integer number -> generator.writeNumber(number);
      case Long number -> generator.writeNumber(number);
      case BigInteger number -> generator.writeNumber(number);
      case Double number -> generator.writeNumber(number);
      case Boolean truth -> generator.writeBoolean(truth);
      case Null.NULL -> generator.writeNull();
      default -> throw new AssertionError("not a JSON value: " + value.getClass());
    }
  }
}
