package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.RefusedException;
import io.penstock.load.FragmentRows;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderState;
import io.penstock.load.Order;
import io.penstock.load.OrderShape;
import io.penstock.load.OrderSource;
import io.penstock.load.Remainder;
import io.penstock.load.SampleOrder;
import io.penstock.load.SampleSpace;
import io.penstock.load.Share;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OrderScheduleTest {
  private static final int BATCH = 24;
  private static final int[] WORLD_SIZES = {1, 2, 3, 4, 6, 8, 12};

  private static List<OrderShape> shapes() {
    return List.of(
        OrderShape.sequential(BATCH),
        OrderShape.full(BATCH),
        OrderShape.runs(BATCH, 10),
        OrderShape.lanes(BATCH, 16, 48),
        OrderShape.lanes(BATCH, 16, BATCH),
        OrderShape.lanes(BATCH, 12, 8).withStickyHomes(),
        OrderShape.lanes(BATCH, 7, 3));
  }

  /// Sets of samples that make batches come out even, not even, and fewer than one.
  private static List<SampleSpace> spaces() {
    return List.of(
        space(480),
        space(100, 0, 57, 400),
        space(5, 6),
        SampleSpace.of(
            List.of(
                FragmentRows.of(300, 8, new long[] {3, 100, 101, 290}), FragmentRows.of(37, 5))));
  }

  private static SampleSpace space(long... rows) {
    List<FragmentRows> fragments = new ArrayList<>();
    for (long each : rows) {
      fragments.add(FragmentRows.of(each, 8));
    }
    return SampleSpace.of(fragments);
  }

  private static OrderSchedule schedule(
      SampleSpace space, OrderShape shape, Remainder remainder, int rank, int ranks) {
    LoaderOptions options =
        LoaderOptions.of(List.of("image"), BATCH, Order.sequential())
            .withSeed(11)
            .withRemainder(remainder)
            .withShare(new Share(rank, ranks));
    return new OrderSchedule(new OrderSource(space, "", ""), shape, options, "");
  }

  @ParameterizedTest
  @EnumSource(Remainder.class)
  void ranksTogetherTakeTheGlobalBatch_forAnyWorldSize(Remainder remainder) {
    for (SampleSpace space : spaces()) {
      for (OrderShape shape : shapes()) {
        for (long epoch : new long[] {0, 3}) {
          SampleOrder order = SampleOrder.of(space, shape, 11, epoch);
          for (int ranks : WORLD_SIZES) {
            checkBatches(space, shape, remainder, ranks, order, epoch);
          }
        }
      }
    }
  }

  private static void checkBatches(
      SampleSpace space,
      OrderShape shape,
      Remainder remainder,
      int ranks,
      SampleOrder order,
      long epoch) {
    long delivered = 0;
    long batches = 0;
    for (int rank = 0; rank < ranks; rank++) {
      batches = Math.max(batches, schedule(space, shape, remainder, rank, ranks).batches());
    }
    for (long index = 0; index < batches; index++) {
      long from = index * BATCH;
      int count = (int) Math.min(BATCH, space.samples() - from);
      for (int rank = 0; rank < ranks; rank++) {
        List<Long> expected = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          if (order.rank(from + i, ranks) == rank) {
            expected.add(order.row(from + i));
          }
        }
        OrderSchedule schedule = schedule(space, shape, remainder, rank, ranks);
        Optional<BatchRows> batch = schedule.rows(epoch, index);
        if (batch.isEmpty()) {
          assertThat(expected).isEmpty();
          assertThat(schedule.batches()).isEqualTo(index);
          continue;
        }
        List<Long> rows = Arrays.stream(batch.get().rows()).boxed().toList();
        assertThat(batch.get().valid()).isEqualTo(expected.size());
        assertThat(rows.subList(0, expected.size())).isEqualTo(expected);
        assertThat(rows).hasSize(remainder == Remainder.PAD ? BATCH / ranks : expected.size());
        assertThat(batch.get().next()).isEqualTo(index + 1);
        delivered += expected.size();
      }
    }
    long dropped = remainder == Remainder.DROP ? space.samples() % BATCH : 0;
    assertThat(delivered).isEqualTo(space.samples() - dropped);
  }

  @Test
  void repeatsComeFromTheSameBatch_whenItIsPadded() {
    SampleSpace space = space(50);
    for (OrderShape shape : shapes()) {
      SampleOrder order = SampleOrder.of(space, shape, 11, 0);
      long[] rows = schedule(space, shape, Remainder.PAD, 0, 1).rows(0, 2).orElseThrow().rows();
      for (int i = 0; i < BATCH; i++) {
        assertThat(rows[i]).isEqualTo(order.row(48 + i % 2));
      }
    }
  }

  @Test
  void groupsAreUsedWithinTheSpanAndTheGapThatAreSaid() {
    SampleSpace space = space(2000, 1500);
    for (OrderShape shape : shapes()) {
      if (shape.level() == OrderShape.Level.FULL || shape.runSamples() % 8 != 0) {
        continue;
      }
      for (int ranks : WORLD_SIZES) {
        OrderSchedule schedule = schedule(space, shape, Remainder.UNEVEN, 0, ranks);
        Map<Long, long[]> passes = new HashMap<>(); // group → first and last batch of the pass
        for (long index = 0; index < schedule.batches(); index++) {
          for (long row : schedule.rows(0, index).orElseThrow().rows()) {
            long group = row < 2000 ? row / 8 : 1000 + (row - 2000) / 8;
            long[] pass = passes.get(group);
            if (pass == null || index - pass[1] > schedule.gapBatches()) {
              pass = new long[] {index, index};
              passes.put(group, pass);
            }
            pass[1] = index;
            assertThat(index - pass[0] + 1)
                .as(shape + ", ranks " + ranks)
                .isLessThanOrEqualTo(schedule.spanBatches(8));
          }
        }
      }
    }
  }

  @Test
  void stateLeadsBackToItsBatch_withAnotherWorldSize() {
    Random random = new Random(5);
    for (SampleSpace space : spaces()) {
      for (OrderShape shape : shapes()) {
        OrderSchedule one = schedule(space, shape, Remainder.PAD, 0, 1);
        long index = random.nextLong(one.batches() + 1);
        LoaderState state = one.state(7, index);
        OrderSchedule other = schedule(space, shape, Remainder.PAD, 5, 6);
        assertThat(other.index(state)).isEqualTo(index);
        assertThat(other.state(7, index)).isEqualTo(state);
      }
    }
  }

  @Test
  void stateIsRefused_whenItIsOfAnotherOrder() {
    OrderSchedule schedule =
        schedule(space(480), OrderShape.lanes(BATCH, 16, 48), Remainder.DROP, 0, 1);
    LoaderState state = schedule.state(1, 3);
    for (OrderSchedule other :
        List.of(
            schedule(space(480), OrderShape.lanes(BATCH, 16, 24), Remainder.DROP, 0, 1),
            schedule(space(480), OrderShape.lanes(BATCH, 16, 48), Remainder.PAD, 0, 1),
            schedule(space(480), OrderShape.full(BATCH), Remainder.DROP, 0, 1))) {
      assertThatThrownBy(() -> other.index(state)).isInstanceOf(RefusedException.class);
    }
    assertThatThrownBy(() -> schedule.index(state.at(1, 25))).hasMessageContaining("whole batches");
  }
}
