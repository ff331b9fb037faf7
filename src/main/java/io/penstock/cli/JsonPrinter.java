package io.penstock.cli;

import java.io.PrintStream;
import java.io.StringWriter;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Prints documents as JSON. Numbers that JSON does not have (NaN, infinities) become text.
final class JsonPrinter {
  private static final JsonFactory JSON = new JsonFactory();

  private JsonPrinter() {}

  /// The whole document as one value on one line.
  static void print(Document document, PrintStream out) {
    out.println(line(document.tree()));
  }

  /// Each row on a line of its own.
  static void printLines(Document document, PrintStream out) {
    for (Object row : document.rowList()) {
      out.println(line(row));
    }
  }

  /// One value as JSON text without line breaks.
  static String line(@Nullable Object value) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      write(json, value);
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, @Nullable Object value) {
    switch (value) {
      case null -> json.writeNull();
      case Map<?, ?> members -> {
        json.writeStartObject();
        members.forEach((name, member) -> {
          json.writeName(String.valueOf(name));
          write(json, member);
        });
        json.writeEndObject();
      }
      case List<?> elements -> {
        json.writeStartArray();
        elements.forEach(element -> write(json, element));
        json.writeEndArray();
      }
      case Boolean truth -> json.writeBoolean(truth);
      case Integer number -> json.writeNumber(number);
      case Long number -> json.writeNumber(number);
      case BigInteger number -> json.writeNumber(number);
      case Double number when Double.isFinite(number) -> json.writeNumber(number);
      case Float number when Float.isFinite(number) -> json.writeNumber(number);
      case ByteCount count -> json.writeNumber(count.bytes());
      default -> json.writeString(String.valueOf(value));
    }
  }
}
