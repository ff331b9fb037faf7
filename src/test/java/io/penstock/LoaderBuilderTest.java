package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.load.LoaderPlan;
import io.penstock.load.LoaderState;
import io.penstock.load.OnBadSample;
import io.penstock.load.Order;
import io.penstock.load.OrderShape;
import io.penstock.load.Remainder;
import io.penstock.load.SameRunPairs;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.testing.CountingStore;
import io.penstock.testing.Operation;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a loader is asked for: problems, and what it would do.
class LoaderBuilderTest {
  private static final int SAMPLES = 4_000;
  private static final int PIXELS = 768;
  private static final int CHUNK = 16;

  private final DatasetInMemory memory =
      new DatasetInMemory(settings -> settings.environment(Map.of("RANK", "1", "WORLD_SIZE", "4")));
  private final CountingStore store = memory.store;
  private final Dataset dataset = memory.dataset;
  private Version version;

  @BeforeEach
  void writeTwoFragments() {
    byte[] pixels = new byte[SAMPLES / 2 * PIXELS];
    new Random(7).nextBytes(pixels);
    for (int fragment = 0; fragment < 2; fragment++) {
      try (DatasetWriter writer =
          dataset
              .writer()
              .tensor("image", DataType.UINT8, Shape.of(PIXELS))
              .tensor("label", DataType.INT32, Shape.SCALAR)
              .text("caption")
              .chunkSamples(CHUNK)
              .codec("none")
              .open()) {
        writer.append(
            Samples.of(SAMPLES / 2)
                .with("image", pixels)
                .with("label", new int[SAMPLES / 2])
                .withTexts(
                    "caption",
                    IntStream.range(0, SAMPLES / 2).mapToObj(i -> "text " + i).toList()));
        version = writer.commit("half");
      }
    }
    version.content();
    store.reset();
  }

  @AfterEach
  void close() {
    memory.close();
  }

  private static PenstockException failure(ThrowingCallable call) {
    return catchThrowableOfType(PenstockException.class, call);
  }

  @Test
  void allProblemsAreToldAtOnce_eachWithWhatToDo() {
    LoaderBuilder builder =
        version
            .loader()
            .tensors("imago", "label", "label", "caption")
            .batchSize(30)
            .rank(9)
            .worldSize(7)
            .epochs(-1)
            .maxBatchBytes(-5)
            .onBadSample(OnBadSample.REPLACE)
            .resume(new LoaderState("00", "", 0, 0, 0, 64, 1, 1, 0));
    for (ThrowingCallable call : new ThrowingCallable[] {builder::build, builder::plan}) {
      PenstockException failure = failure(call);
      assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
      assertThat(failure)
          .hasMessageContaining("the loader of " + version + " has 8 problems:\n  1. ")
          .hasMessageContaining("samples of the ragged tensor caption cannot be replaced")
          .hasMessageContaining("no tensor named imago; it has image, label, caption")
          .hasMessageContaining("tensor label is named twice: name it once")
          .hasMessageContaining("rank 9 is not one of 7 ranks: ranks are 0 to 6")
          .hasMessageContaining("worldSize 7 does not divide the batch 30; it divides 28 and 35")
          .hasMessageContaining("epochs -1 is negative")
          .hasMessageContaining("maxBatchBytes -5 is negative")
          .hasMessageContaining("batchSize 30 cannot go on with batches of 64");
      assertThat(failure.getSuppressed()).hasSize(8);
    }
  }

  @Test
  void aSingleProblemIsThrownAsItIs() {
    PenstockException unknown = failure(() -> version.loader().tensors("imago").build());
    assertThat(unknown.code()).isEqualTo(ErrorCode.TENSOR_NOT_FOUND);
    PenstockException memory =
        failure(() -> version.loader().batchSize(SAMPLES).maxBatchBytes(1 << 20).build());
    assertThat(memory.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
    assertThat(memory).hasMessageContaining("maxBatchBytes is 1048576");
    assertThat(failure(() -> version.loader().tensors().build()))
        .hasMessageContaining("name some of image, label, caption");
    assertThat(failure(() -> version.loader().batchSize(0).worldSize(0).build()))
        .hasMessageContaining("batchSize 0")
        .hasMessageContaining("worldSize 0");
  }

  @Test
  void wantOfMemoryIsToldBesideOtherProblems() {
    PenstockException failure =
        failure(() ->
            version.loader().tensors("image", "imago").batchSize(SAMPLES).maxBatchBytes(9).build());
    assertThat(failure).hasMessageContaining("imago").hasMessageContaining("maxBatchBytes is 9");
  }

  @Test
  void theEnvironmentTellsTheRank() {
    LoaderPlan plan = version.loader().batchSize(64).fromEnv().plan();
    assertThat(plan.share().rank()).isEqualTo(1);
    assertThat(plan.share().worldSize()).isEqualTo(4);
    assertThat(failure(() -> version.loader().batchSize(30).fromEnv().build()))
        .hasMessageContaining("worldSize 4 does not divide the batch 30");
  }

  @ParameterizedTest
  @ValueSource(strings = {"half", "number"})
  void aStrangeEnvironmentIsAProblemLikeOthers(String what) {
    Map<String, String> strange =
        what.equals("half") ? Map.of("RANK", "1") : Map.of("RANK", "x", "WORLD_SIZE", "2");
    try (Penstock other = Penstock.builder().memory(64 << 20).environment(strange).build();
        Dataset same = other.create(new MemoryStore(InstantSource.fixed(Instant.EPOCH)))) {
      assertThat(failure(() -> same.version().loader().fromEnv().build()))
          .hasMessageContaining("2 problems")
          .hasMessageContaining("RANK")
          .hasMessageContaining("no tensors");
    }
  }

  @Test
  void aPlanReadsNothing() {
    LoaderPlan plan = version.loader().order(Order.lanes(64, 32)).batchSize(32).plan();
    assertThat(store.requests()).isZero();
    assertThat(plan.tensors()).containsExactly("image", "label", "caption");
    assertThat(plan.order()).isEqualTo(OrderShape.lanes(32, 64, 32));
    assertThat(plan.samples()).isEqualTo(SAMPLES);
    assertThat(plan.batches()).isEqualTo(SAMPLES / 32);
    assertThat(plan.memoryBudgetBytes()).isEqualTo(64 << 20);
    assertThat(plan.leastMemoryBytes()).isBetween(1L << 16, 64L << 20);
    assertThat(plan.chunkUtilisation()).isEqualTo(1);
    assertThat(plan.warnings()).isEmpty();
    assertThat(plan.designEffect(0)).isEqualTo(1);
    assertThat(plan.designEffect(0.5)).as("no two samples of a run in a batch").isEqualTo(1);
    assertThat(plan.toString())
        .contains("32 lanes over runs of 64 samples, batches of 32")
        .contains("125 batches an epoch, 4000 samples over all ranks")
        .contains(plan.requests() + " GETs");
  }

  @Test
  void aPlanForetellsWhatAnEpochFetches() {
    for (Order order : new Order[] {Order.sequential(), Order.lanes(64, 32)}) {
      LoaderBuilder builder = version.loader().tensors("image").order(order).batchSize(32);
      LoaderPlan plan = builder.plan();
      try (Loader loader = builder.build()) {
        readEpoch(loader, plan); // and the catalogs
      }
      store.reset();
      try (Loader loader = builder.build()) {
        readEpoch(loader, plan);
        assertThat(loader.batchesPerEpoch()).isEqualTo(plan.batches());
      }
      if (order instanceof Order.Sequential) {
        assertThat((double) store.bytesRead())
            .isCloseTo((double) plan.fetchedBytes(), within(0.05 * plan.fetchedBytes()));
      }
      assertThat((double) plan.fetchedBytes())
          .as(order.toString())
          .isBetween(1.0 * SAMPLES * PIXELS, 1.5 * SAMPLES * PIXELS);
      assertThat(plan.requests()).isLessThanOrEqualTo(plan.mostRequests());
      assertThat(plan.mostRequests()).isBetween(250L, 320L);
    }
    LoaderPlan sequential = version.loader().tensors("image").sequential().plan();
    assertThat(sequential.requests()).as("two fragments of 1.5 MB").isEqualTo(2);
    assertThat(sequential.firstWaits()).isEqualTo(2);
  }

  private static void readEpoch(Loader loader, LoaderPlan plan) {
    for (Batch batch : loader) {
      try (batch) {
        assertThat((double) plan.batchBytes())
            .isCloseTo((double) batch.tensor("image").segment().byteSize(), within(1.0));
      }
    }
  }

  @Test
  void figuresFollowFromThePlan() {
    LoaderPlan plan = version.loader().tensors("image").sequential().batchSize(100).plan();
    assertThat(plan.cost(0.4)).isCloseTo(plan.requests() * 0.0004, within(1e-9));
    assertThat(plan.bytesPerSecondNeeded(Duration.ofMillis(10)))
        .isCloseTo(100 * PIXELS * 100.0, within(0.02 * 100 * PIXELS * 100));
    Duration first = plan.timeToFirstBatch(Duration.ofMillis(30), 1e6);
    assertThat(first.toMillis())
        .isBetween(60 + plan.firstBytes() / 1000 - 1, 62 + plan.firstBytes() / 1000);
    LoaderPlan ofRank =
        version
            .loader()
            .tensors("image")
            .order(Order.lanes(64, 32))
            .batchSize(32)
            .worldSize(4)
            .plan();
    LoaderPlan alone =
        version.loader().tensors("image").order(Order.lanes(64, 32)).batchSize(32).plan();
    assertThat((double) ofRank.fetchedBytes()).isCloseTo(alone.fetchedBytes() / 4.0, within(1.0));
    assertThat(ofRank.cost(0.4)).isCloseTo(alone.cost(0.4), within(0.002));
    assertThat(ofRank.batchBytes()).isEqualTo(alone.batchBytes() / 4);
  }

  @Test
  void whatIsNotWiseIsSaid() {
    View few = version.view().withIds(1, 100, 1000);
    assertThat(few.loader().plan().warnings())
        .singleElement()
        .asString()
        .contains("6.3 % of the samples of the chunks that are read belong to the view");
    LoaderPlan shared =
        version.loader().tensors("image").order(Order.full()).batchSize(64).worldSize(8).plan();
    assertThat(shared.warnings()).singleElement().asString().contains("8 ranks take samples");
    LoaderPlan manyLanes = version.loader().order(Order.lanes(16, 128)).batchSize(128).plan();
    assertThat(manyLanes.warnings()).singleElement().asString().contains("choose fewer lanes");
    assertThat(manyLanes.toString()).contains("warning      chunks are read");
  }

  @Test
  void designEffectsArePlannedAsTheyAreAdvised() {
    LoaderPlan runs = version.loader().order(new Order.Runs(64)).batchSize(32).plan();
    assertThat(runs.designEffect(0.5))
        .isEqualTo(
            SameRunPairs.predicted(OrderShape.runs(32, 64), SAMPLES, 64, 1).designEffect(0.5))
        .isGreaterThan(5);
    LoaderPlan stored = version.loader().sequential().batchSize(32).plan();
    assertThat(stored.designEffect(0.5)).isEqualTo(1 + 31 * 0.5);
  }

  @Test
  void aPlanOfNothingIsAPlan() {
    LoaderPlan plan = version.view().withIds().loader().remainder(Remainder.DROP).plan();
    assertThat(plan.samples()).isZero();
    assertThat(plan.batches()).isZero();
    assertThat(plan.fetchedBytes()).isZero();
    assertThat(plan.requests()).isZero();
    assertThat(plan.designEffect(1)).isEqualTo(1);
    assertThat(plan.bytesPerSecondNeeded(Duration.ofSeconds(1))).isZero();
    assertThat(store.requests(Operation.READ)).isZero();
  }
}
