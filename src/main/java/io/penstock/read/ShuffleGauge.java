package io.penstock.read;

import io.penstock.load.OrderShape;
import io.penstock.load.RaggedMode;
import io.penstock.load.RaggedWindow;
import io.penstock.load.SampleOrder;
import io.penstock.load.SampleSpace;
import io.penstock.load.ShuffleMeter;
import io.penstock.load.ShuffleReport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// Measures how well the batches of a rank are mixed, as they are handed over. Thread-safe.
final class ShuffleGauge {
  /*
   * A sample costs some tens of nanoseconds of the consumer's time. So of a long epoch only the
   * beginning and the end are looked at, as far as one window of several batches reaches, or 2^17
   * samples: an epoch is the same throughout but for its end.
   *
   * A rank's share of an order with lanes is itself an order with lanes: of its own groups of lanes,
   * in batches of its own part. So what is measured of the share is compared with the prediction for
   * such an order, and the design effect is that of the global batch.
   *
   * Where the index of a batch is the number of samples before it, over all ranks, a rank's samples
   * are counted as they come; only where batches are left out it is reckoned how many they had.
   */
  private static final long LEAST_OF_AN_END = 1L << 17;
  private static final long MOST_OF_AN_END = 1L << 18;
  private static final long BATCHES_OF_AN_END = 32;
  private static final int EPOCHS = 16;

  private final SampleOrder runs;
  private final ShuffleMeter meter;
  private final long batch;
  private final long worldSize;
  private final boolean counted;
  private final long samples;
  private final long ofAnEnd;
  private final ArrayDeque<ShuffleReport> past = new ArrayDeque<>();
  private long epoch = -1;
  private long position;
  private long next = -1;
  private boolean skipping;

  /// @param space the samples of all ranks
  /// @param shape of the order of all ranks
  /// @param worldSize ranks
  /// @param mode by which samples are gathered anew, if they are
  ShuffleGauge(SampleSpace space, OrderShape shape, long worldSize, RaggedMode mode) {
    this.worldSize = worldSize;
    this.counted = mode instanceof RaggedMode.Layout || mode instanceof RaggedMode.Bucket;
    long runSamples = hasRuns(shape) ? shape.runSamples() : space.largestGroup();
    this.runs = SampleOrder.of(space, OrderShape.runs(shape.batch(), runSamples), 0, 0);
    this.batch = shape.batch() / worldSize;
    this.samples = space.samples() / worldSize;
    this.ofAnEnd = Math.clamp(BATCHES_OF_AN_END * batch, LEAST_OF_AN_END, MOST_OF_AN_END);
    this.meter =
        ShuffleMeter.of(shape.ofOneRank(worldSize), samples, runSamples)
            .mixedAnew(mixedForOne(mode), mode.movesFar() ? RaggedWindow.BATCHES : 1);
  }

  /// Batches of the order that one batch takes its samples from: of a bucket, which holds a share
  /// of a window, those that lie one behind the other.
  private static long mixedForOne(RaggedMode mode) {
    return switch (mode) {
      case RaggedMode.Bucket(int buckets, _) -> buckets;
      case RaggedMode.MaxBytes _, RaggedMode.Pack _, RaggedMode.Layout _ ->
          mode.movesFar() ? RaggedWindow.BATCHES : 1;
    };
  }

  private static boolean hasRuns(OrderShape shape) {
    return switch (shape.level()) {
      case LANES, RUNS -> true;
      case SEQUENTIAL, FULL -> false;
    };
  }

  /// A batch is handed over.
  synchronized void add(BatchRows rows) {
    long at = at(rows);
    next = rows.next();
    long size = counted ? batch : rows.valid();
    if (rows.epoch() != epoch || at < position) {
      begin(rows.epoch(), at);
    } else if (at > position) {
      position = at;
      skipping = true;
    }
    boolean between = position >= ofAnEnd && position + size <= samples - ofAnEnd;
    if (!between) {
      if (skipping) {
        meter.skipTo(Math.min(position, samples));
      }
      long left = Math.min(rows.valid(), samples - position);
      for (int i = 0; i < left; i++) {
        meter.add(runs.run(rows.rows()[i]));
      }
    }
    skipping = between;
    position += size;
  }

  /// The place of a batch among the samples of this rank.
  private long at(BatchRows rows) {
    if (counted) {
      return rows.index() * batch;
    }
    return rows.epoch() == epoch && rows.index() == next ? position : rows.index() / worldSize;
  }

  private void begin(long newEpoch, long at) {
    if (epoch >= 0 && newEpoch != epoch) {
      past.add(meter.report());
      if (past.size() == EPOCHS) {
        past.removeFirst();
      }
    }
    epoch = newEpoch;
    position = at;
    skipping = false;
    meter.begin(epoch, Math.min(position, samples));
  }

  /// The last epochs, the newest last.
  synchronized List<ShuffleReport> reports() {
    List<ShuffleReport> reports = new ArrayList<>(past);
    if (epoch >= 0) {
      reports.add(meter.report());
    }
    return reports;
  }
}
