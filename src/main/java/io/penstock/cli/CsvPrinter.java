package io.penstock.cli;

import java.io.PrintStream;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Prints the rows of a document as RFC 4180 has them, with a header. Arrays and objects within a
/// row are JSON text; null is empty.
final class CsvPrinter {
  private CsvPrinter() {}

  static void print(Document document, PrintStream out) {
    List<?> rows = document.rowList();
    Set<String> columns = new LinkedHashSet<>();
    for (Object row : rows) {
      if (row instanceof Map<?, ?> members) {
        members.keySet().forEach(name -> columns.add(String.valueOf(name)));
      } else {
        columns.add("value");
      }
    }
    line(out, columns.stream().toList());
    for (Object row : rows) {
      line(
          out,
          columns.stream()
              .map(name -> cell(row instanceof Map<?, ?> members ? members.get(name) : row))
              .toList());
    }
  }

  private static String cell(@Nullable Object value) {
    return switch (value) {
      case null -> "";
      case Map<?, ?> _, List<?> _ -> JsonPrinter.line(value);
      case ByteCount count -> Long.toString(count.bytes());
      default -> value.toString();
    };
  }

  private static void line(PrintStream out, List<String> cells) {
    out.print(String.join(",", cells.stream().map(CsvPrinter::quoted).toList()));
    out.print("\r\n");
  }

  private static String quoted(String cell) {
    boolean plain = cell.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return plain ? cell : "\"" + cell.replace("\"", "\"\"") + "\"";
  }
}
