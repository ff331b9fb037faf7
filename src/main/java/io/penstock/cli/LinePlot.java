package io.penstock.cli;

import java.util.List;
import java.util.Locale;

/// A plot of lines over time or rounds, as inline SVG: both axes from 0, colours from the page's
/// style sheet.
///
/// @param title what is plotted, with its unit
/// @param unit of the axis below: `s`, or empty
/// @param lines at least one
record LinePlot(String title, String unit, List<Line> lines) {
  private static final double WIDTH = 760;
  private static final double HEIGHT = 220;
  private static final double LEFT = 72;
  private static final double BOTTOM = 26;
  private static final double TOP = 10;
  private static final int TICKS = 4;

  /// Points from left to right.
  ///
  /// @param name for the legend
  /// @param points places on the axis below, and values
  /// @param reference whether it is something to compare with: drawn dashed
  record Line(String name, List<Point> points, boolean reference) {}

  /// A value at a time.
  record Point(double at, double value) {}

  /// Copies the list.
  LinePlot {
    lines = List.copyOf(lines);
  }

  /// The plot with its title and legend.
  String html() {
    double endX = roundUp(most(true));
    double endY = roundUp(most(false));
    StringBuilder svg = new StringBuilder();
    svg.append("<figure><figcaption>").append(Html.text(title)).append("</figcaption>");
    svg.append(
        filled("<svg viewBox=\"0 0 {} {}\" role=\"img\">", WIDTH + 20, HEIGHT + TOP + BOTTOM));
    svg.append("<title>").append(Html.text(title)).append("</title>");
    axes(svg, endX, endY);
    for (int i = 0; i < lines.size(); i++) {
      line(svg, lines.get(i), i, endX, endY);
    }
    svg.append("</svg><p class=\"legend\">");
    for (int i = 0; i < lines.size(); i++) {
      svg.append("<span class=\"").append(style(i)).append("\">");
      svg.append(lines.get(i).reference() ? "┄ " : "━ ");
      svg.append(Html.text(lines.get(i).name())).append("</span> ");
    }
    return svg.append("</p></figure>\n").toString();
  }

  private void axes(StringBuilder svg, double endX, double endY) {
    for (int i = 0; i <= TICKS; i++) {
      double y = TOP + HEIGHT - HEIGHT * i / TICKS;
      svg.append(
          filled(
              "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>", LEFT, WIDTH, y, y));
      svg.append(filled("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">", LEFT - 6, y + 4));
      svg.append(Html.number(endY * i / TICKS)).append("</text>");
      double x = LEFT + (WIDTH - LEFT) * i / TICKS;
      svg.append(filled("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">", x, TOP + HEIGHT + 18));
      svg.append(Html.number(endX * i / TICKS)).append(' ').append(unit).append("</text>");
    }
  }

  private static void line(StringBuilder svg, Line line, int index, double endX, double endY) {
    svg.append("<polyline class=\"line ").append(style(index));
    svg.append(line.reference() ? " reference" : "").append("\" points=\"");
    for (Point point : line.points()) {
      double x = LEFT + (WIDTH - LEFT) * point.at() / endX;
      double y = TOP + HEIGHT - HEIGHT * point.value() / endY;
      svg.append(filled("{},{} ", x, y));
    }
    svg.append("\"/>");
  }

  private double most(boolean below) {
    return lines.stream()
        .flatMap(line -> line.points().stream())
        .mapToDouble(point -> below ? point.at() : point.value())
        .max()
        .orElse(0);
  }

  /// The next number of the form 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten.
  private static double roundUp(double value) {
    if (!(value > 0)) {
      return 1;
    }
    double power = Math.pow(10, Math.floor(Math.log10(value)));
    for (double step : new double[] {1, 1.5, 2, 3, 4, 5, 6, 8}) {
      if (step * power >= value) {
        return step * power;
      }
    }
    return 10 * power;
  }

  private static String style(int index) {
    return "c" + index % 6;
  }

  /// Puts numbers into the places of a pattern that are marked by `{}`.
  private static String filled(String pattern, double... values) {
    StringBuilder text = new StringBuilder();
    int from = 0;
    for (double value : values) {
      int place = pattern.indexOf("{}", from);
      text.append(pattern, from, place).append(String.format(Locale.ROOT, "%.1f", value));
      from = place + 2;
    }
    return text.append(pattern, from, pattern.length()).toString();
  }
}
