package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.load.FragmentRows;
import io.penstock.load.LoaderOptions;
import io.penstock.load.Order;
import io.penstock.load.OrderShape;
import io.penstock.load.OrderSource;
import io.penstock.load.RaggedMode;
import io.penstock.load.RaggedWindow;
import io.penstock.load.SampleOrder;
import io.penstock.load.SampleSpace;
import io.penstock.load.Share;
import io.penstock.load.ShuffleMeter;
import io.penstock.load.ShuffleReport;
import io.penstock.load.ShuffleReport.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The quality of a loader's batches, from what it hands over.
class ShuffleGaugeTest {
  private static final int BATCH = 16;
  private static final OrderShape SHAPE = OrderShape.lanes(BATCH, 32, 64);

  private final SampleSpace space =
      SampleSpace.of(List.of(FragmentRows.of(20_000, 8), FragmentRows.of(3_000, 8)));

  private OrderSchedule schedule(OrderShape shape, SampleSpace of, int rank, int world) {
    return new OrderSchedule(
        new OrderSource(of, "", ""),
        shape,
        LoaderOptions.of(List.of("x"), (int) shape.batch(), Order.sequential())
            .withSeed(5)
            .withShare(new Share(rank, world)),
        "");
  }

  private static void feed(ShuffleGauge gauge, OrderSchedule schedule, long epoch, long from) {
    for (long index = from; index < schedule.batches(); index++) {
      gauge.add(schedule.rows(epoch, index).orElseThrow());
    }
  }

  @Test
  void itSaysWhatAMeterSaysThatSeesEverySample() {
    ShuffleGauge gauge = new ShuffleGauge(space, SHAPE, 1, RaggedMode.offsets());
    feed(gauge, schedule(SHAPE, space, 0, 1), 3, 0);

    ShuffleMeter meter = ShuffleMeter.of(SHAPE, space.samples(), 32);
    SampleOrder order = SampleOrder.of(space, SHAPE, 5, 3);
    meter.begin(3, 0);
    for (long at = 0; at < order.samples(); at++) {
      meter.add(order.run(order.row(at)));
    }

    assertThat(gauge.reports()).containsExactly(meter.report());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void whatIsMeasuredIsNearThePrediction_forEachRank(int world) {
    ShuffleGauge gauge = new ShuffleGauge(space, SHAPE, world, RaggedMode.offsets());
    OrderSchedule schedule = schedule(SHAPE, space, world - 1, world);
    for (int epoch = 0; epoch < 10; epoch++) {
      feed(gauge, schedule, epoch, 0);
    }

    List<ShuffleReport> reports = gauge.reports();

    assertThat(reports).extracting(ShuffleReport::epoch).startsWith(0L).endsWith(9L).hasSize(10);
    double measured = 0;
    double predicted = 0;
    for (ShuffleReport report : reports) {
      ShuffleReport.Window window = report.window(Span.BATCHES).orElseThrow();
      measured += window.measured().fraction();
      predicted += window.predicted().fraction();
    }
    assertThat(measured / predicted).isBetween(0.9, 1.1);
  }

  @Test
  void onlyTheLastEpochsAreKept_whenThereAreMany() {
    ShuffleGauge gauge = new ShuffleGauge(space, OrderShape.full(1000), 1, RaggedMode.offsets());
    OrderSchedule schedule = schedule(OrderShape.full(1000), space, 0, 1);
    for (int epoch = 0; epoch < 30; epoch++) {
      feed(gauge, schedule, epoch, 0);
    }

    assertThat(gauge.reports()).hasSize(16);
    assertThat(gauge.reports().getLast().epoch()).isEqualTo(29);
    assertThat(gauge.reports().getLast().runSamples()).as("of a chunk").isEqualTo(8);
  }

  @Test
  void windowsWithMissingBatchesAreNotCounted_whenSomeAreNotHandedOver() {
    ShuffleGauge gauge = new ShuffleGauge(space, SHAPE, 1, RaggedMode.offsets());
    OrderSchedule schedule = schedule(SHAPE, space, 0, 1);
    for (long index : List.of(0L, 1L, 3L, 4L, 5L)) {
      gauge.add(schedule.rows(0, index).orElseThrow());
    }

    ShuffleReport report = gauge.reports().getFirst();

    assertThat(report.samples()).isEqualTo(5 * BATCH);
    assertThat(report.window(Span.BATCH).orElseThrow().windows()).isEqualTo(5);
    assertThat(report.window(Span.BATCHES)).isEmpty();
    feed(gauge, schedule, 0, 32);
    assertThat(gauge.reports().getFirst().window(Span.BATCHES).orElseThrow().windows())
        .isEqualTo(space.samples() / BATCH / 32 - 1);
  }

  @Test
  void onlyTheEndsOfALongEpochAreLookedAt() {
    SampleSpace large = SampleSpace.of(List.of(FragmentRows.of((1 << 19) + 2_000_000, 64)));
    OrderShape shape = OrderShape.lanes(8192, 64, 8192);
    ShuffleGauge gauge = new ShuffleGauge(large, shape, 1, RaggedMode.offsets());
    feed(gauge, schedule(shape, large, 0, 1), 0, 0);

    ShuffleReport report = gauge.reports().getFirst();

    assertThat(report.samples()).isBetween((1L << 19) - 2 * 8192, (1L << 19) + 2 * 8192);
    List<Span> spans = new ArrayList<>();
    report.windows().forEach(window -> spans.add(window.span()));
    assertThat(spans).containsExactly(Span.BATCH, Span.BATCHES, Span.END_OF_EPOCH);
  }

  /// Batches of some samples of an order each, whose index is the number of samples before it.
  private static void feedSized(ShuffleGauge gauge, long[] rows, long epoch, Random random) {
    for (int from = 0; from < rows.length; ) {
      int to = Math.min(rows.length, from + 1 + random.nextInt(BATCH));
      gauge.add(
          BatchRows.gathered(epoch, from, to, Arrays.copyOfRange(rows, from, to), new int[0]));
      from = to;
    }
  }

  private long[] rows(long epoch) {
    SampleOrder order = SampleOrder.of(space, SHAPE, 5, epoch);
    return LongStream.range(0, order.samples()).map(order::row).toArray();
  }

  @Test
  void batchesOfDifferentSizesAreMeasuredAsTheyCome() {
    ShuffleGauge sized = new ShuffleGauge(space, SHAPE, 1, RaggedMode.pack(100, 4));
    feedSized(sized, rows(3), 3, new Random(7));
    ShuffleGauge even = new ShuffleGauge(space, SHAPE, 1, RaggedMode.offsets());
    feed(even, schedule(SHAPE, space, 0, 1), 3, 0);

    assertThat(sized.reports()).isEqualTo(even.reports());
  }

  @Test
  void samplesThatAreMixedAnewInWindowsAreNearThePrediction() {
    RaggedMode mode = new RaggedMode.MaxBytes(900, RaggedMode.pad());
    ShuffleGauge gauge = new ShuffleGauge(space, SHAPE, 1, mode);
    Random random = new Random(9);
    for (int epoch = 0; epoch < 10; epoch++) {
      long[] rows = rows(epoch);
      int window = RaggedWindow.BATCHES * BATCH;
      for (int from = 0; from < rows.length; from += window) {
        for (int left = Math.min(window, rows.length - from); left > 1; left--) {
          int other = from + random.nextInt(left);
          long last = rows[from + left - 1];
          rows[from + left - 1] = rows[other];
          rows[other] = last;
        }
      }
      feedSized(gauge, rows, epoch, random);
    }

    for (Span span : List.of(Span.BATCH, Span.BATCHES)) {
      double measured = 0;
      double predicted = 0;
      for (ShuffleReport report : gauge.reports()) {
        ShuffleReport.Window window = report.window(span).orElseThrow();
        measured += window.measured().fraction();
        predicted += window.predicted().fraction();
      }
      assertThat(measured / predicted).as("%s", span).isBetween(0.9, 1.1);
    }
  }
}
