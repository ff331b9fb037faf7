package io.penstock.read;

import io.penstock.load.ShuffleReport;
import java.util.List;
import java.util.Optional;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Percentage;
import jdk.jfr.StackTrace;

/// The consumer has come to the end of an epoch; lasts from when it asked for its first batch.
@Name("io.penstock.Epoch")
@Label("Epoch")
@Category("Penstock")
@Description("An epoch, from asking for its first batch until its end is met.")
@StackTrace(false)
final class EpochEvent extends Event {
  @Label("Epoch")
  long epoch;

  @Label("Samples")
  @Description("Samples whose mixing was looked at; none of a mix of datasets")
  long samples;

  @Label("Same-run pairs")
  @Description("Share of the pairs of a batch that lie in one run, measured")
  @Percentage
  double sameRunPairs;

  @Label("Same-run pairs promised")
  @Description("What the order promises")
  @Percentage
  double sameRunPairsPromised;

  /// The epoch is over.
  ///
  /// @param shuffle knows how well it was mixed, if that is measured
  void commit(long number, Optional<ShuffleGauge> shuffle) {
    end();
    if (shouldCommit()) {
      epoch = number;
      shuffle.ifPresent(gauge -> tell(gauge.reports()));
      commit();
    }
  }

  private void tell(List<ShuffleReport> reports) {
    for (ShuffleReport report : reports) {
      if (report.epoch() == epoch) {
        samples = report.samples();
        report
            .window(ShuffleReport.Span.BATCH)
            .ifPresent(window -> {
              sameRunPairs = window.measured().fraction();
              sameRunPairsPromised = window.predicted().fraction();
            });
      }
    }
  }
}
