package io.penstock.cli;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A length of time as a user writes it: `5ms`, `1.5s`, `800us`.
final class Interval {
  private static final Pattern TEXT = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,6})?) ?(us|ms|s)");

  private Interval() {}

  /// Reads intervals out of options.
  static final class Converter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      Matcher parts = TEXT.matcher(text.trim());
      if (!parts.matches()) {
        throw new TypeConversionException("'" + text + "' is no time such as 5ms");
      }
      long nanos =
          switch (parts.group(2)) {
            case "us" -> 1_000L;
            case "ms" -> 1_000_000L;
            default -> 1_000_000_000L;
          };
      return Duration.ofNanos(
          new BigDecimal(parts.group(1)).multiply(BigDecimal.valueOf(nanos)).longValue());
    }
  }
}
