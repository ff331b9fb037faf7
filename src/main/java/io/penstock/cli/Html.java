package io.penstock.cli;

import java.util.Locale;

/// Texts and numbers on a page.
final class Html {
  private Html() {}

  /// Text that cannot be taken for markup.
  static String text(String plain) {
    return plain
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /// A number for people: three significant digits, with `k`, `M` or `G` where it is large.
  static String number(double value) {
    double size = Math.abs(value);
    if (size >= 1e9) {
      return digits(value / 1e9) + " G";
    }
    if (size >= 1e6) {
      return digits(value / 1e6) + " M";
    }
    return size >= 1e4 ? digits(value / 1e3) + " k" : digits(value);
  }

  private static String digits(double value) {
    double size = Math.abs(value);
    if (size == Math.rint(size)) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    return String.format(
        Locale.ROOT,
        size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3g",
        value);
  }
}
