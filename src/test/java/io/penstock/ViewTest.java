package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.load.LoaderState;
import io.penstock.load.Order;
import io.penstock.load.Split;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.testing.CountingStore;
import java.lang.foreign.ValueLayout;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Versions restricted to some of their samples: sample i has the label i mod 10, the score i / 100
/// and the id i.
class ViewTest {
  private static final int ROWS = 300;

  private final DatasetInMemory memory =
      new DatasetInMemory(settings -> settings.clock(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC)));
  private final CountingStore store = memory.store;
  private final Dataset dataset = memory.dataset;
  private Version version;

  @BeforeEach
  void writeThreeFragments() {
    for (int fragment = 0; fragment < 3; fragment++) {
      version = append(fragment * ROWS, ROWS);
    }
  }

  @AfterEach
  void close() {
    memory.close();
  }

  private Version append(int first, int rows) {
    byte[] labels = new byte[rows];
    float[] scores = new float[rows];
    int[] pairs = new int[2 * rows];
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      labels[i] = (byte) ((first + i) % 10);
      scores[i] = (first + i) / 100f;
      texts.add("sample " + (first + i));
    }
    try (DatasetWriter writer =
        dataset
            .writer()
            .tensor("label", DataType.UINT8, Shape.SCALAR)
            .tensor("score", DataType.FLOAT32, Shape.of(1))
            .tensor("pair", DataType.INT32, Shape.of(2))
            .text("text")
            .chunkSamples(16)
            .open()) {
      writer.append(
          Samples.of(rows)
              .with("label", labels)
              .with("score", scores)
              .with("pair", pairs)
              .withTexts("text", texts));
      return writer.commit("more");
    }
  }

  private static List<Long> positions(View view) {
    return LongStream.range(0, view.samples()).map(view::position).boxed().toList();
  }

  private static List<Long> all(long samples, LongPredicate wanted) {
    return LongStream.range(0, samples).filter(wanted).boxed().toList();
  }

  @Test
  void aViewHasTheSamplesThatMeetItsConditions() {
    View threes = version.view().where("label", Match.equal(3));
    assertThat(positions(threes)).isEqualTo(all(900, i -> i % 10 == 3));
    assertThat(positions(threes.where("score", Match.between(2.5, 5))))
        .isEqualTo(all(900, i -> i % 10 == 3 && i >= 250 && i < 500));
    assertThat(positions(version.view().where("label", Match.notEqual(3, 4)).withoutIds(0, 899)))
        .isEqualTo(all(899, i -> i % 10 != 3 && i % 10 != 4 && i != 0));
    assertThat(positions(version.view().withIds(899, 5, 300, 5, 299)))
        .containsExactly(5L, 299L, 300L, 899L);
    assertThat(version.view().samples()).isEqualTo(900);
  }

  @Test
  void viewsOfOneVersionCombine() {
    View low = version.view().where("score", Match.below(1));
    View even = version.view().where("label", Match.equal(0, 2, 4, 6, 8));
    assertThat(positions(low.and(even))).isEqualTo(all(100, i -> i % 2 == 0));
    assertThat(low.and(even).hash()).isEqualTo(even.and(low).hash());
    View before = dataset.version(Ref.version("main", 1)).view();
    assertThatThrownBy(() -> low.and(before))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("main:1");
  }

  @Test
  void theHashNamesTheSamples_howeverTheyWereChosen() {
    View threes = version.view().where("label", Match.equal(3));
    assertThat(threes.hash())
        .isEqualTo(version.view().where("label", Match.equal(3)).hash())
        .isEqualTo(version.view().where("label", Match.between(2.5, 3.5)).hash())
        .isEqualTo(
            version
                .view()
                .withIds(all(900, i -> i % 10 == 3).stream().mapToLong(i -> i).toArray())
                .hash())
        .isNotEqualTo(version.view().where("label", Match.equal(4)).hash())
        .isNotEqualTo(threes.withoutIds(3).hash())
        .isNotEqualTo(version.view().hash());
  }

  @Test
  void aSampleStaysInItsSplit_whenSamplesAreAppended() {
    View train = version.view().split(Split.percent(0, 90));
    View rest = version.view().split(Split.percent(90, 100));
    List<Long> before = positions(train);
    assertThat(train.samples()).isBetween(770L, 850L);
    assertThat(train.samples() + rest.samples()).isEqualTo(900);
    assertThat(train.and(rest).samples()).isZero();

    Version longer = append(900, 500);
    List<Long> after = positions(longer.view().split(Split.percent(0, 90)));
    assertThat(after.subList(0, before.size())).isEqualTo(before);
    assertThat(after.get(before.size())).isGreaterThanOrEqualTo(900);
    assertThat(positions(train)).isEqualTo(before);
  }

  @Test
  void aViewMayBeEmpty() {
    View none = version.view().where("label", Match.above(9));
    assertThat(none.samples()).isZero();
    assertThat(none.chunkUtilisation()).isEqualTo(1);
    assertThat(none.hash()).isEqualTo(version.view().withIds().hash());
    assertThatThrownBy(() -> none.position(0))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("label > 9");
  }

  @Test
  void anIdThatTheVersionHasNotIsRefused() {
    for (long id : new long[] {-1, 900, Long.MAX_VALUE}) {
      View view = version.view().withIds(1, id);
      NotFoundException failure = catchThrowableOfType(NotFoundException.class, view::samples);
      assertThat(failure.code()).isEqualTo(ErrorCode.SAMPLE_NOT_FOUND);
      assertThat(failure).hasMessageContaining("main:3").hasMessageContaining("id " + id);
    }
  }

  @Test
  void tensorsThatAreNoNumbersAreRefused() {
    View view = version.view();
    assertRefused(
        ErrorCode.TENSOR_NOT_FOUND, "no tensor named x", () -> view.where("x", Match.equal(1)));
    assertRefused(
        ErrorCode.INVALID_ARGUMENT,
        "pair has samples of shape [2]",
        () -> view.where("pair", Match.equal(1)));
    assertRefused(
        ErrorCode.INVALID_ARGUMENT,
        "text has samples of shape [-1]",
        () -> view.where("text", Match.equal(1)));
    assertRefused(
        ErrorCode.INVALID_ARGUMENT,
        "256 is not a value of type uint8",
        () -> view.where("label", Match.equal(256)));
  }

  private static void assertRefused(
      ErrorCode code, String words, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    PenstockException failure = catchThrowableOfType(PenstockException.class, call);
    assertThat(failure.code()).isEqualTo(code);
    assertThat(failure).hasMessageContaining(words);
  }

  @Test
  void utilisationTellsHowMuchOfTheChunksIsUsed() {
    assertThat(version.view().chunkUtilisation()).isEqualTo(1);
    // One of sixteen samples of a chunk; each fragment ends with a chunk of twelve.
    assertThat(version.view().withIds(0, 20, 40).chunkUtilisation()).isEqualTo(1 / 16.0);
    assertThat(version.view().withIds(299).chunkUtilisation()).isEqualTo(1 / 12.0);
  }

  @Test
  void nothingIsReadTwice_andNothingBeforeItIsNeeded() {
    version.content();
    store.reset();
    View threes = version.view().where("label", Match.equal(3)).split(Split.percent(0, 50));
    assertThat(threes.toString()).endsWith("@main:3 where label == 3 and split 0 % to 50 %");
    assertThat(store.requests()).isZero();
    threes.samples();
    long requests = store.requests();
    assertThat(requests).isPositive();
    threes.hash();
    threes.chunkUtilisation();
    threes.position(1);
    assertThat(store.requests()).isEqualTo(requests);
    store.reset();
    version.view().withIds().where("score", Match.equal(1)).samples();
    assertThat(store.requests()).as("no row is left to be looked at").isZero();
  }

  @Test
  void aLoaderBringsEachSampleOfTheViewOnce_inEveryOrder() {
    View view = version.view().where("label", Match.equal(3, 7)).split(Split.percent(0, 70));
    List<Long> expected = positions(view);
    for (Order order :
        List.of(
            Order.sequential(), Order.runs(), Order.lanes(8, 32), Order.full(), Order.shuffled())) {
      try (Loader loader = view.loader().batchSize(32).order(order).seed(5).build()) {
        for (int epoch = 0; epoch < 2; epoch++) {
          List<Long> ids = new ArrayList<>();
          for (Batch batch : loader) {
            try (batch) {
              for (long id : batch.sampleIds()) {
                ids.add(id);
              }
              byte label = batch.tensor("label").segment().get(ValueLayout.JAVA_BYTE, 0);
              assertThat(label).isEqualTo((byte) (batch.sampleIds()[0] % 10));
            }
          }
          assertThat(ids).as(order.toString()).containsExactlyInAnyOrderElementsOf(expected);
        }
      }
    }
  }

  @Test
  void ranksBringEachSampleOfTheViewOnce_whateverTheirNumber() {
    View view = version.view().where("label", Match.notEqual(0, 5)).withoutIds(7, 8);
    List<Long> expected = positions(view);
    for (int worldSize : new int[] {1, 2, 3, 4, 6, 8, 12}) {
      List<Long> ids = new ArrayList<>();
      for (int rank = 0; rank < worldSize; rank++) {
        LoaderBuilder builder = view.loader().tensors("label").batchSize(24).seed(9);
        try (Loader loader =
            builder.order(Order.lanes(16, 24)).rank(rank).worldSize(worldSize).build()) {
          for (Batch batch : loader) {
            try (batch) {
              LongStream.of(batch.sampleIds()).forEach(ids::add);
            }
          }
        }
      }
      assertThat(ids).as(worldSize + " ranks").containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @Test
  void aLoaderBringsNothing_whenTheViewIsEmpty() {
    View none = version.view().where("label", Match.above(9));
    try (Loader loader = none.loader().build()) {
      assertThat(loader.batchesPerEpoch()).isZero();
      assertThat(loader.next()).isEmpty();
      assertThat(loader.endOfEpoch()).isTrue();
      assertThat(loader.iterator()).isExhausted();
    }
  }

  @Test
  void aStateIsOfTheView_whateverTheWordsThatChoseIt() {
    View view = version.view().where("label", Match.equal(3));
    LoaderState state;
    try (Loader loader = view.loader().batchSize(30).build()) {
      loader.next().orElseThrow().close();
      state = loader.state();
      assertThat(state.view()).isEqualTo(view.hash().hex());
    }
    View same = version.view().where("label", Match.between(2.5, 3.5));
    try (Loader loader = same.loader().batchSize(30).resume(state).build()) {
      assertThat(loader.state()).isEqualTo(state);
    }
    View other = version.view().where("label", Match.equal(4));
    assertThatThrownBy(() -> other.loader().batchSize(30).resume(state).build())
        .isInstanceOf(RefusedException.class);
    try (Loader loader = version.view().loader().batchSize(30).build()) {
      assertThat(loader.state().view()).as("a view of everything is the version").isEmpty();
    }
  }
}
