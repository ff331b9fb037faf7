package io.penstock.cli;

import io.penstock.bench.EpochResult;
import io.penstock.bench.LoadResult;
import io.penstock.load.LoaderStats;
import io.penstock.load.ShuffleReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

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
    EpochResult last = result.epochs().getLast();
    Page page = new Page(title);
    page.tiles(
        new Page.Tile("samples/s", Html.number(last.samplesPerSecond())),
        new Page.Tile("GB/s decoded", Html.number(last.decodedBytesPerSecond() / 1e9)),
        new Page.Tile("of the time the consumer waits", percent(last.stallShare())),
        new Page.Tile("to the first batch", Html.number(result.warm().firstBatchMillis()) + " ms"),
        new Page.Tile(
            "CPU for each GB", Html.number(result.costs().cpuSecondsPerDecodedGB()) + " s"));
    StringBuilder parts = new StringBuilder();
    time(parts, result.stats());
    parts.append(new LinePlot("Samples a second", "s", rates(result)).html());
    parts.append(new LinePlot("Longest wait for a batch, milliseconds", "s", waits(result)).html());
    mixing(parts, result);
    page.add(parts.toString());
    page.figures(document, "Epochs");
    page.write(file);
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
            Page.cell(page, window.windows());
            Page.cell(page, window.measured().fraction());
            Page.cell(page, window.predicted().fraction());
            Page.cell(page, window.measured().ideal());
            Page.cell(page, window.measured().designEffect(result.runCorrelation().orElse(1)));
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
}
