package io.penstock.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Prints documents for people: an object as a list of names and values, an array of objects as a
/// table below it. No colours; control characters of data never reach the terminal.
final class TablePrinter {
  private static final String GAP = "  ";

  private TablePrinter() {}

  static void print(Document document, PrintStream out) {
    if (document.tree() instanceof List<?> rows) {
      table(rows, out);
    } else {
      object((Map<?, ?>) document.tree(), out);
    }
  }

  private static void object(Map<?, ?> members, PrintStream out) {
    List<List<String>> lines = new ArrayList<>();
    List<Map.Entry<String, List<?>>> tables = new ArrayList<>();
    collect("", members, lines, tables);
    int width = lines.stream().mapToInt(line -> line.getFirst().length()).max().orElse(0);
    for (List<String> line : lines) {
      out.println(padded(line.getFirst(), width, false) + GAP + line.getLast());
    }
    for (Map.Entry<String, List<?>> table : tables) {
      out.println();
      out.println(table.getKey());
      table(table.getValue(), out);
    }
  }

  private static void collect(
      String prefix,
      Map<?, ?> members,
      List<List<String>> lines,
      List<Map.Entry<String, List<?>>> tables) {
    members.forEach((key, value) -> {
      String name = prefix + key;
      switch (value) {
        case Map<?, ?> inner -> collect(name + ".", inner, lines, tables);
        case List<?> rows when !rows.isEmpty() && rows.getFirst() instanceof Map ->
            tables.add(Map.entry(name, rows));
        case null, default -> lines.add(List.of(name, text(value)));
      }
    });
  }

  private static void table(List<?> rows, PrintStream out) {
    if (rows.isEmpty() || !(rows.getFirst() instanceof Map<?, ?> first)) {
      rows.forEach(row -> out.println(text(row)));
      return;
    }
    List<String> columns = first.keySet().stream().map(String::valueOf).toList();
    int[] widths = columns.stream().mapToInt(String::length).toArray();
    boolean[] numbers = new boolean[widths.length];
    List<List<String>> cells = new ArrayList<>();
    for (Object row : rows) {
      Map<?, ?> members = (Map<?, ?>) row;
      List<String> line = new ArrayList<>();
      for (int i = 0; i < widths.length; i++) {
        Object value = members.get(columns.get(i));
        numbers[i] |= value instanceof Number || value instanceof ByteCount;
        line.add(text(value));
        widths[i] = Math.max(widths[i], line.getLast().length());
      }
      cells.add(line);
    }
    line(
        columns.stream().map(name -> name.toUpperCase(Locale.ROOT)).toList(), widths, numbers, out);
    for (List<String> row : cells) {
      line(row, widths, numbers, out);
    }
  }

  private static void line(List<String> cells, int[] widths, boolean[] numbers, PrintStream out) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      line.append(i == 0 ? "" : GAP).append(padded(cells.get(i), widths[i], numbers[i]));
    }
    out.println(line.toString().stripTrailing());
  }

  private static String padded(String text, int width, boolean right) {
    String spaces = " ".repeat(Math.max(0, width - text.length()));
    return right ? spaces + text : text + spaces;
  }

  /// A value as a person reads it.
  static String text(@Nullable Object value) {
    String text =
        switch (value) {
          case null -> "-";
          case Double number -> number(number);
          case List<?> elements -> elements.stream().map(TablePrinter::text).toList().toString();
          case Map<?, ?> members -> JsonPrinter.line(members);
          default -> value.toString();
        };
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  private static String number(double number) {
    if (number == Math.rint(number) && Math.abs(number) < 1e15) {
      return Long.toString((long) number);
    }
    return Math.abs(number) >= 0.001 && Math.abs(number) < 1e9
        ? String.format(Locale.ROOT, Math.abs(number) >= 100 ? "%.1f" : "%.3f", number)
        : Double.toString(number);
  }
}
