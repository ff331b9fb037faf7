package io.penstock.s3;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/// Times as heads of HTTP have them. The last one is remembered: all answers about an object say
/// the same of it. Confined to one thread.
final class HttpDates {
  private String last = "";
  private Optional<Instant> when = Optional.empty();

  /// The time, or nothing if the text says none; nothing depends on it.
  Optional<Instant> parse(String text) {
    if (!text.equals(last)) {
      when = parsed(text);
      last = text;
    }
    return when;
  }

  private static Optional<Instant> parsed(String text) {
    try {
      return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text)));
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }
}
