package io.penstock.load;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/// Measures how well the samples of an epoch are mixed, as they go by: feed it the run (and, where
/// there is one, the label) of each position in order, then ask for the [#report]. Exact; constant
/// time for a sample; memory for the different runs of at most 32 batches and for each label, none
/// for the epoch. Never changes what it looks at. One thread at a time.
public final class ShuffleMeter {
  /*
   * The windows of a span stand side by side; what goes by is counted by run and by label, and a
   * window that is over adds its pairs to a sum. Of labels the squared counts are summed up, label
   * by label: with how often each came at all they give χ² against shares that are known only at
   * the end.
   */

  /// A window of several batches has no more samples than this; it bounds the memory. A window of
  /// one batch has as many as the batch.
  private static final long MOST_WINDOW_SAMPLES = 1L << 18;

  private static final long BATCHES = 32;
  private static final long LAST_BATCHES = 16;

  private final OrderShape shape;
  private final long samplesOfEpoch;
  private final long runSamples;
  private final long[] ofLabel;
  private final List<Gauge> gauges = new ArrayList<>();
  private long mixedForOne = 1;
  private long mixedForSeveral = 1;
  private long epoch;
  private long position;
  private long looked;

  private ShuffleMeter(OrderShape shape, long samplesOfEpoch, long runSamples, int labels) {
    this.shape = shape;
    this.samplesOfEpoch = samplesOfEpoch;
    this.runSamples = runSamples;
    ofLabel = new long[labels];
    long batch = shape.batch();
    long fullBatches = samplesOfEpoch / batch;
    long most = Math.max(1, MOST_WINDOW_SAMPLES / batch);
    long several = Math.min(most, BATCHES);
    long last = Math.min(Math.min(most, LAST_BATCHES), Math.max(1, fullBatches));
    long end = fullBatches * batch;
    gauges.add(new Gauge(ShuffleReport.Span.BATCH, 1, 0, end));
    gauges.add(new Gauge(ShuffleReport.Span.BATCHES, several, 0, end));
    gauges.add(new Gauge(ShuffleReport.Span.END_OF_EPOCH, last, end - last * batch, end));
  }

  /// A meter without labels; see [#withLabels].
  ///
  /// @param shape of the order
  /// @param samples of an epoch
  /// @param runSamples samples of a run, as the caller numbers runs: those of the shape, or those
  ///   of a chunk where the shape has none
  /// @throws RefusedException for numbers out of range
  public static ShuffleMeter of(OrderShape shape, long samples, long runSamples) {
    return withLabels(shape, samples, runSamples, 0);
  }

  /// A meter of runs and labels.
  ///
  /// @param shape of the order
  /// @param samples of an epoch
  /// @param runSamples samples of a run, as the caller numbers runs
  /// @param labels how many there are: labels are 0 to labels − 1; at most 2^24
  /// @throws RefusedException for numbers out of range
  public static ShuffleMeter withLabels(
      OrderShape shape, long samples, long runSamples, int labels) {
    if (samples < 0 || samples > SampleSpace.MAX_ROWS || runSamples < 1) {
      throw refused("samples " + samples + " or runSamples " + runSamples + " is out of range");
    }
    if (labels < 0 || labels > 1 << 24) {
      throw refused("labels " + labels + " is not in 0 to 2^24");
    }
    return new ShuffleMeter(shape, samples, runSamples, labels);
  }

  /// Says that the samples of some batches in a row are mixed anew before they come here, as
  /// [RaggedMode] does in its windows. What is predicted for fewer batches is then what the order
  /// promises for all of them: samples of one run that it keeps apart may meet.
  ///
  /// @param forOne batches of the order that one batch takes its samples from
  /// @param forSeveral batches that several in a row take theirs from
  /// @return this meter
  /// @throws RefusedException for numbers out of range
  public ShuffleMeter mixedAnew(long forOne, long forSeveral) {
    if (forOne < 1 || forSeveral < forOne || forSeveral > RaggedWindow.BATCHES) {
      throw refused("batches mixed anew: " + forOne + ", " + forSeveral);
    }
    mixedForOne = forOne;
    mixedForSeveral = forSeveral;
    return this;
  }

  /// Forgets everything and begins to look at a position of an epoch. Windows that begin before it
  /// are not counted.
  ///
  /// @param newEpoch from 0
  /// @param from the position of the next sample
  /// @throws RefusedException for numbers out of range
  public void begin(long newEpoch, long from) {
    if (newEpoch < 0 || from < 0 || from > samplesOfEpoch) {
      throw refused(
          "epoch " + newEpoch + ", position " + from + " of an epoch of " + samplesOfEpoch);
    }
    epoch = newEpoch;
    position = from;
    looked = 0;
    Arrays.fill(ofLabel, 0);
    gauges.forEach(Gauge::forget);
  }

  /// Leaves out samples: the next one stands at a later position of the epoch. Windows that hold a
  /// sample that was left out are not counted.
  ///
  /// @param to the position of the next sample
  /// @throws RefusedException for a position that has gone by, or behind the epoch
  public void skipTo(long to) {
    if (to < position || to > samplesOfEpoch) {
      throw refused("position " + to + " after " + position + " of an epoch of " + samplesOfEpoch);
    }
    if (to > position) {
      position = to;
      gauges.forEach(Gauge::leaveWindow);
    }
  }

  /// The next sample.
  ///
  /// @param run that it lies in: any number that tells runs apart
  /// @throws RefusedException after the last sample of the epoch, or if the meter is one of labels
  public void add(long run) {
    if (ofLabel.length > 0) {
      throw refused("a sample without a label");
    }
    count(run, -1);
  }

  /// The next sample with its label.
  ///
  /// @param run that it lies in: any number that tells runs apart
  /// @param label of the sample
  /// @throws RefusedException for a label out of range, or after the last sample of the epoch
  public void add(long run, int label) {
    if (label < 0 || label >= ofLabel.length) {
      throw refused("label " + label + " is not one of " + ofLabel.length);
    }
    count(run, label);
    ofLabel[label]++;
  }

  private void count(long run, int label) {
    if (position >= samplesOfEpoch) {
      throw refused("a sample after the last of " + samplesOfEpoch);
    }
    for (int i = 0; i < gauges.size(); i++) {
      gauges.get(i).count(run, label);
    }
    position++;
    looked++;
  }

  /// What was found since [#begin]. May be asked at any time; looks at no window that is not over.
  public ShuffleReport report() {
    return new ShuffleReport(
        epoch,
        looked,
        runSamples,
        gauges.stream().filter(gauge -> gauge.windows > 0).map(Gauge::window).toList());
  }

  private static RefusedException refused(String what) {
    return new RefusedException(ErrorCode.INVALID_ARGUMENT, what);
  }

  /// The windows of one span, which stand side by side in a part of the epoch.
  private final class Gauge {
    private final ShuffleReport.Span span;
    private final long batches;
    private final long samples;
    private final long from;
    private final long end;
    private final WindowCounts runs = new WindowCounts();
    private final WindowCounts labels = new WindowCounts();
    private final long[] squares = new long[ofLabel.length]; // of a window's counts, summed up
    private long missing; // samples of the window that goes by; 0 while none does
    private long pairs;
    private long windows;

    Gauge(ShuffleReport.Span span, long batches, long from, long end) {
      this.span = span;
      this.batches = batches;
      samples = batches * shape.batch();
      this.from = from;
      this.end = end;
    }

    void forget() {
      leaveWindow();
      pairs = 0;
      windows = 0;
      Arrays.fill(squares, 0);
    }

    void leaveWindow() {
      missing = 0;
      runs.clear();
      labels.clear();
    }

    void count(long run, int label) {
      if (missing == 0) {
        boolean begins =
            position >= from && (position - from) % samples == 0 && position + samples <= end;
        if (!begins) {
          return;
        }
        missing = samples;
      }
      runs.add(run);
      if (label >= 0) {
        labels.add(label);
      }
      missing--;
      if (missing == 0) {
        finish();
      }
    }

    private void finish() {
      windows++;
      pairs += runs.pairs();
      labels.addSquares(squares);
      runs.clear();
      labels.clear();
    }

    ShuffleReport.Window window() {
      double allPairs = windows * (samples / 2.0) * (samples - 1);
      return new ShuffleReport.Window(
          span,
          batches,
          windows,
          new SameRunPairs(
              samplesOfEpoch, runSamples, samples, allPairs > 0 ? pairs / allPairs : 0),
          predicted(),
          labelChiSquare());
    }

    private SameRunPairs predicted() {
      long mixed = Math.max(batches, batches == 1 ? mixedForOne : mixedForSeveral);
      double fraction = SameRunPairs.predicted(shape, samplesOfEpoch, runSamples, mixed).fraction();
      return new SameRunPairs(samplesOfEpoch, runSamples, samples, fraction);
    }

    /// Σ (count − expected)² / expected = Σ count² / expected − samples, for the mean window.
    private OptionalDouble labelChiSquare() {
      long degrees = Arrays.stream(ofLabel).filter(count -> count > 0).count() - 1;
      if (degrees < 1) {
        return OptionalDouble.empty();
      }
      double sum = 0;
      for (int label = 0; label < ofLabel.length; label++) {
        if (ofLabel[label] > 0) {
          double expected = (double) ofLabel[label] / looked * samples;
          sum += squares[label] / expected;
        }
      }
      return OptionalDouble.of((sum / windows - samples) / degrees);
    }
  }
}
