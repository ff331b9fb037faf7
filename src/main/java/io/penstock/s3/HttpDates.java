package io.penstock.s3;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/// Times as heads of HTTP have them. The last one is remembered: all answers about an object say
/// the same of it. Confined to whoever uses the connection.
final class HttpDates {
  private String last = "";
  private Optional<Instant> when = Optional.empty();

  /// The time, worked out anew only if it is another text than the last time.
  Optional<Instant> remembered(String text) {
    if (!text.equals(last)) {
      when = parse(text);
      last = text;
    }
    return when;
  }

  /// The time, or nothing if the text says none; nothing depends on it.
  static Optional<Instant> parse(String text) {
    try {
      return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text)));
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }
}
