package io.penstock.cli;

import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A page about a run of a bench in the making, complete in one file: it asks for nothing else and
/// runs no program.
final class Page {
  private final StringBuilder page = new StringBuilder();

  /// A figure that is seen first.
  record Tile(String name, String value) {}

  /// Begins a page.
  Page(String title) {
    page.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    page.append(Html.text(title)).append("</title>\n<style>").append(style());
    page.append("</style></head><body>\n<h1>").append(Html.text(title)).append("</h1>\n");
  }

  void tiles(Tile... tiles) {
    page.append("<div class=\"tiles\">");
    for (Tile tile : tiles) {
      page.append("<div><b>").append(Html.text(tile.value())).append("</b><span>");
      page.append(Html.text(tile.name())).append("</span></div>");
    }
    page.append("</div>\n");
  }

  /// Adds a part that is HTML already.
  void add(String html) {
    page.append(html);
  }

  /// Adds the figures as they are printed.
  ///
  /// @param rows what the rows are called
  void figures(Document document, String rows) {
    page.append("<h2>Figures</h2><table>");
    members("", (Map<?, ?>) document.tree());
    page.append("</table>\n<h2>").append(Html.text(rows)).append("</h2><table><tr>");
    List<?> elements = document.rowList();
    ((Map<?, ?>) elements.getFirst())
        .keySet()
        .forEach(name -> page.append("<th>").append(Html.text(name.toString())));
    for (Object element : elements) {
      page.append("<tr>");
      ((Map<?, ?>) element).values().forEach(value -> cell(page, value));
    }
    page.append("</table>\n");
  }

  private void members(String prefix, Map<?, ?> members) {
    members.forEach((name, value) -> {
      if (value instanceof Map<?, ?> inner) {
        members(prefix + name + ".", inner);
      } else if (!(value instanceof List) && !name.equals("evidence")) { // it stands above
        page.append("<tr><th>").append(Html.text(prefix + name));
        cell(page, value);
      }
    });
  }

  /// A cell of a table.
  static void cell(StringBuilder page, @Nullable Object value) {
    String text =
        value instanceof Double number && Math.abs(number) >= 1e4
            ? Html.number(number)
            : TablePrinter.text(value);
    page.append("<td>").append(Html.text(text));
  }

  /// Ends the page and writes it.
  void write(Path file) {
    try {
      Files.writeString(file, page.append("</body></html>\n"));
    } catch (IOException e) {
      throw new TransientException(
          ErrorCode.STORE_UNAVAILABLE, "cannot write the page " + file + ": " + e, e);
    }
  }

  private static String style() {
    try (InputStream style =
        Objects.requireNonNull(Page.class.getResourceAsStream("page.css"), "page.css")) {
      return new String(style.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new TransientException(ErrorCode.INTERNAL, "cannot read page.css: " + e, e);
    }
  }
}
