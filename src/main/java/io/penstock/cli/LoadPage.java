package io.penstock.cli;

import io.penstock.bench.EpochResult;
import io.penstock.bench.LoadResult;
import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import io.penstock.load.LoaderStats;
import io.penstock.load.ShuffleReport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A page about a run of a bench, complete in one file: it asks for nothing else and runs no
/// program.
final class LoadPage {
  private static final int MOST_LINES = 5;
  private static final int MOST_STEPS = 60;

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
    tile(page, "of the time the consumer waits", percent(last.stallShare()));
    tile(page, "to the first batch", Html.number(result.warm().firstBatchMillis()) + " ms");
    tile(page, "CPU for each GB", Html.number(result.costs().cpuSecondsPerDecodedGB()) + " s");
    page.append("</div>\n");
    time(page, result.stats());
    page.append(new LinePlot("Samples a second", rates(result)).html());
    page.append(new LinePlot("Longest wait for a batch, milliseconds", waits(result)).html());
    mixing(page, result);
    figures(page, document);
    return page.append("</body></html>\n").toString();
  }

  private static void tile(StringBuilder page, String name, String value) {
    page.append("<div><b>").append(Html.text(value)).append("</b><span>");
    page.append(Html.text(name)).append("</span></div>");
  }

  /// A bar: where the consumer's time went.
  private static void time(StringBuilder page, LoaderStats stats) {
    LoaderStats.Waits waits = stats.waits();
    double all = Math.max(1, stats.elapsed().toNanos());
    page.append("<figure><figcaption>Where the consumer's time went</figcaption><p class=\"bar\">");
    List<TimePart> parts =
        List.of(
            new TimePart("c0", "waits for the store", waits.network().toNanos() / all),
            new TimePart("c1", "waits for codec threads", waits.decode().toNanos() / all),
            new TimePart("c3", "waits for memory", waits.memory().toNanos() / all),
            new TimePart("c2", "uses batches", Math.max(0, 1 - waits.total().toNanos() / all)));
    for (TimePart part : parts) {
      page.append("<i class=\"").append(part.style()).append("\" style=\"flex-grow:");
      page.append(String.format(Locale.ROOT, "%.4f", part.share())).append("\"></i>");
    }
    page.append("</p><p class=\"legend\">");
    for (TimePart part : parts) {
      page.append("<span class=\"").append(part.style()).append("\">■</span> ");
      page.append(Html.text(part.name()))
          .append(' ')
          .append(percent(part.share()))
          .append("&emsp;");
    }
    page.append("</p><p><b>").append(stats.bottleneck().kind()).append("</b>: ");
    page.append(Html.text(stats.bottleneck().evidence())).append(".</p></figure>\n");
  }

  /// A share of the consumer's time.
  private record TimePart(String style, String name, double share) {}

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static void mixing(StringBuilder page, LoadResult result) {
    page.append("<h2>How well the batches are mixed</h2><table><tr><th>window<th>windows");
    page.append("<th>same-run pairs<th>promised<th>of a full shuffle<th>design effect");
    for (ShuffleReport.Span span : ShuffleReport.Span.values()) {
      result
          .mixing(span)
          .ifPresent(window -> {
            page.append("<tr><th>").append(name(window));
            cell(page, window.windows());
            cell(page, window.measured().fraction());
            cell(page, window.predicted().fraction());
            cell(page, window.measured().ideal());
            cell(page, window.measured().designEffect(result.runCorrelation().orElse(1)));
          });
    }
    page.append("</table><p>Pairs of samples of one window that were stored in one run. ");
    page.append(
        result.runCorrelation().isPresent()
            ? "The design effect is that of the labels, by their correlation within runs"
            : "The design effect is the worst there can be: of samples that are alike within runs");
    page.append("; 1 is a perfect shuffle.</p>\n");
  }

  private static String name(ShuffleReport.Window window) {
    return switch (window.span()) {
      case BATCH -> "a batch";
      case BATCHES -> window.batches() + " batches";
      case END_OF_EPOCH -> "the last " + window.batches() + " batches";
    };
  }

  private static List<LinePlot.Line> rates(LoadResult result) {
    List<LinePlot.Line> lines = new ArrayList<>();
    double end = 0;
    for (EpochResult epoch : shown(result)) {
      List<LinePlot.Point> points = new ArrayList<>();
      double from = 0;
      for (EpochResult.Slice slice : steps(epoch)) {
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
        .ifPresent(rate -> lines.add(ceiling(rate, last, lines)));
    return lines;
  }

  /// The rate that no loader exceeds: named only where it is so far above the others that beside it
  /// nothing could be told of them.
  private static LinePlot.Line ceiling(double rate, double end, List<LinePlot.Line> reached) {
    double most =
        reached.stream()
            .flatMap(line -> line.points().stream())
            .mapToDouble(LinePlot.Point::value)
            .max()
            .orElse(0);
    boolean far = rate > 3 * most;
    return new LinePlot.Line(
        "batches from memory" + (far ? ": " + Html.number(rate) : ""),
        far ? List.of() : List.of(new LinePlot.Point(0, rate), new LinePlot.Point(end, rate)),
        true);
  }

  private static List<LinePlot.Line> waits(LoadResult result) {
    List<LinePlot.Line> lines = new ArrayList<>();
    for (EpochResult epoch : shown(result)) {
      List<LinePlot.Point> points =
          steps(epoch).stream()
              .map(slice -> new LinePlot.Point(slice.untilSeconds(), slice.longestWaitMillis()))
              .toList();
      lines.add(new LinePlot.Line("epoch " + epoch.epoch(), points, false));
    }
    return lines;
  }

  /// The course of an epoch in at most 60 steps of time. Batches come in bursts, many of them in no
  /// time: a rate between two of them says nothing.
  private static List<EpochResult.Slice> steps(EpochResult epoch) {
    List<EpochResult.Slice> steps = new ArrayList<>();
    double from = 0;
    long samples = 0;
    double longest = 0;
    for (EpochResult.Slice slice : epoch.slices()) {
      samples += slice.samples();
      longest = Math.max(longest, slice.longestWaitMillis());
      if (slice.untilSeconds() - from >= epoch.seconds() / MOST_STEPS) {
        steps.add(new EpochResult.Slice(slice.untilSeconds(), samples, longest));
        from = slice.untilSeconds();
        samples = 0;
        longest = 0;
      }
    }
    return steps;
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
      } else if (!(value instanceof List) && !name.equals("evidence")) { // it stands above
        page.append("<tr><th>").append(Html.text(prefix + name));
        cell(page, value);
      }
    });
  }

  private static void cell(StringBuilder page, @Nullable Object value) {
    String text =
        value instanceof Double number && Math.abs(number) >= 1e4
            ? Html.number(number)
            : TablePrinter.text(value);
    page.append("<td>").append(Html.text(text));
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
