package io.penstock.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A number of bytes: plain in JSON and CSV, in IEC units for people.
///
/// @param bytes 0 or more
record ByteCount(long bytes) {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final Pattern TEXT =
      Pattern.compile(
          "([0-9]{1,15}(?:\\.[0-9]{1,6})?) ?([kmgt]?)(i?)(b?)", Pattern.CASE_INSENSITIVE);

  @Override
  public String toString() {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, value < 10 ? "%.2f %s" : "%.1f %s", value, UNITS[unit]);
  }

  /// Reads `1048576`, `1MiB`, `1M`, `0.5GiB` (units of 1024) and `1MB` (units of 1000).
  static final class Converter implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      Matcher parts = TEXT.matcher(text.trim());
      if (!parts.matches()) {
        throw new TypeConversionException("'" + text + "' is no size such as 64MiB");
      }
      boolean decimal = parts.group(3).isEmpty() && !parts.group(4).isEmpty();
      long unit = 1;
      int power = "kmgt".indexOf(parts.group(2).toLowerCase(Locale.ROOT)) + 1;
      for (int i = 0; i < (parts.group(2).isEmpty() ? 0 : power); i++) {
        unit *= decimal ? 1000 : 1024;
      }
      return new java.math.BigDecimal(parts.group(1))
          .multiply(java.math.BigDecimal.valueOf(unit))
          .longValue();
    }
  }
}
