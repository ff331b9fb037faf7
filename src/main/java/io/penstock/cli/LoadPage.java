package io.penstock.cli;

import io.penstock.bench.EpochResult;
import io.penstock.bench.LoadResult;
import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A page about a run of a bench, complete in one file: it asks for nothing else and runs no
/// program.
final class LoadPage {
  private static final int MOST_LINES = 5;

  private LoadPage() {}

  /// Writes it.
  ///
  /// @param document the figures, as they are printed
  static void write(Path file, String title, LoadResult result, Document document) {
    try {
      Files.writeString(file, page(title, result, document));
    } catch (IOException e) {
      throw new TransientException(
          ErrorCode.STORE_UNAVAILABLE, "cannot write the page " + file + ": " + e, e);
    }
  }

  private static String page(String title, LoadResult result, Document document) {
    EpochResult last = result.epochs().getLast();
    StringBuilder page = new StringBuilder();
    page.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    page.append(Html.text(title)).append("</title>\n<style>").append(style());
    page.append("</style></head><body>\n<h1>").append(Html.text(title)).append("</h1>\n");
    page.append("<div class=\"tiles\">");
    tile(page, "samples/s", Html.number(last.samplesPerSecond()));
    tile(page, "GB/s decoded", Html.number(last.decodedBytesPerSecond() / 1e9));
    tile(page, "of the time the consumer waits", Html.number(100 * last.stallShare()) + " %");
    tile(page, "to the first batch", Html.number(result.warm().firstBatchMillis()) + " ms");
    tile(page, "CPU for each GB", Html.number(result.costs().cpuSecondsPerDecodedGB()) + " s");
    page.append("</div>\n");
    page.append(new LinePlot("Samples a second", rates(result)).html());
    page.append(new LinePlot("Longest wait for a batch, milliseconds", waits(result)).html());
    figures(page, document);
    return page.append("</body></html>\n").toString();
  }

  private static void tile(StringBuilder page, String name, String value) {
    page.append("<div><b>").append(Html.text(value)).append("</b><span>");
    page.append(Html.text(name)).append("</span></div>");
  }

  private static List<LinePlot.Line> rates(LoadResult result) {
    List<LinePlot.Line> lines = new ArrayList<>();
    double end = 0;
    for (EpochResult epoch : shown(result)) {
      List<LinePlot.Point> points = new ArrayList<>();
      double from = 0;
      for (EpochResult.Slice slice : epoch.slices()) {
        double seconds = Math.max(slice.untilSeconds() - from, 1e-9);
        double middle = (from + slice.untilSeconds()) / 2;
        points.add(new LinePlot.Point(middle, slice.samples() / seconds));
        from = slice.untilSeconds();
      }
      end = Math.max(end, from);
      lines.add(new LinePlot.Line("epoch " + epoch.epoch(), points, false));
    }
    double last = end;
    result
        .headroom()
        .map(EpochResult::samplesPerSecond)
        .ifPresent(rate ->
            lines.add(
                new LinePlot.Line(
                    "batches from memory",
                    List.of(new LinePlot.Point(0, rate), new LinePlot.Point(last, rate)),
                    true)));
    return lines;
  }

  private static List<LinePlot.Line> waits(LoadResult result) {
    List<LinePlot.Line> lines = new ArrayList<>();
    for (EpochResult epoch : shown(result)) {
      List<LinePlot.Point> points =
          epoch.slices().stream()
              .map(slice -> new LinePlot.Point(slice.untilSeconds(), slice.longestWaitMillis()))
              .toList();
      lines.add(new LinePlot.Line("epoch " + epoch.epoch(), points, false));
    }
    return lines;
  }

  /// The last epochs: more lines than these cannot be told apart.
  private static List<EpochResult> shown(LoadResult result) {
    int epochs = result.epochs().size();
    return result.epochs().subList(Math.max(0, epochs - MOST_LINES), epochs);
  }

  private static void figures(StringBuilder page, Document document) {
    page.append("<h2>Figures</h2><table>");
    rows(page, "", (Map<?, ?>) document.tree());
    page.append("</table>\n<h2>Epochs</h2><table><tr>");
    List<?> epochs = document.rowList();
    ((Map<?, ?>) epochs.getFirst())
        .keySet()
        .forEach(name -> page.append("<th>").append(Html.text(name.toString())));
    for (Object epoch : epochs) {
      page.append("<tr>");
      ((Map<?, ?>) epoch).values().forEach(value -> cell(page, value));
    }
    page.append("</table>\n");
  }

  private static void rows(StringBuilder page, String prefix, Map<?, ?> members) {
    members.forEach((name, value) -> {
      if (value instanceof Map<?, ?> inner) {
        rows(page, prefix + name + ".", inner);
      } else if (!(value instanceof List)) {
        page.append("<tr><th>").append(Html.text(prefix + name));
        cell(page, value);
      }
    });
  }

  private static void cell(StringBuilder page, Object value) {
    page.append("<td>").append(Html.text(TablePrinter.text(value)));
  }

  private static String style() {
    try (InputStream style =
        Objects.requireNonNull(LoadPage.class.getResourceAsStream("page.css"), "page.css")) {
      return new String(style.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new TransientException(ErrorCode.INTERNAL, "cannot read page.css: " + e, e);
    }
  }
}
