package io.penstock.cli;

import io.penstock.bench.GetComparison;
import io.penstock.bench.GetRound;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// A page about a comparison of ways to read ranges.
final class GetPage {
  private GetPage() {}

  /// Writes it.
  ///
  /// @param document the figures, as they are printed
  static void write(Path file, String title, GetComparison comparison, Document document) {
    Page page = new Page(title);
    GetComparison.Side own = comparison.sides().getFirst();
    page.tiles(
        new Page.Tile(
            "GB/s, Penstock", Html.number(own.over(GetRound::bytesPerSecond).median() / 1e9)),
        new Page.Tile(
            "CPU for each GB", Html.number(own.over(GetRound::cpuSecondsPerGB).median()) + " s"),
        new Page.Tile(
            "CPU for each range",
            Html.number(own.over(GetRound::cpuMicrosPerRequest).median()) + " µs"),
        new Page.Tile(
            "heap for each GB", Html.number(own.over(GetRound::heapBytesPerGB).median()) + "B"));
    page.add(plot("CPU seconds for each GB, by round", comparison, GetRound::cpuSecondsPerGB));
    page.add(plot("GB a second, by round", comparison, round -> round.bytesPerSecond() / 1e9));
    page.add(
        plot(
            "99 of 100 ranges come within so many milliseconds, by round",
            comparison,
            GetRound::millisP99));
    page.figures(document, "Ways to read");
    page.write(file);
  }

  private static String plot(
      String title, GetComparison comparison, ToDoubleFunction<GetRound> figure) {
    List<LinePlot.Line> lines = new ArrayList<>();
    for (GetComparison.Side side : comparison.sides()) {
      List<LinePlot.Point> points = new ArrayList<>();
      for (GetRound round : side.rounds()) {
        points.add(new LinePlot.Point(points.size() + 1, figure.applyAsDouble(round)));
      }
      lines.add(new LinePlot.Line(side.contender().id(), points, !lines.isEmpty()));
    }
    return new LinePlot(title, "", lines).html();
  }
}
