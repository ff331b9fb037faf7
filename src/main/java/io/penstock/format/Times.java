package io.penstock.format;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Pattern;

/// The one spelling of moments in metadata: UTC, four digits of the year, milliseconds.
final class Times {
  static final Pattern FORM =
      Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z");

  private static final DateTimeFormatter PRINTER =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private Times() {}

  static String print(Instant time) {
    String text = PRINTER.format(time);
    if (!time.equals(time.truncatedTo(ChronoUnit.MILLIS)) || !FORM.matcher(text).matches()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "time " + time + " is not whole milliseconds of the years 0000 to 9999");
    }
    return text;
  }
}
