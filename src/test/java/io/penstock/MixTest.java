package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.load.LoaderPlan;
import io.penstock.load.LoaderState;
import io.penstock.load.Order;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Several datasets in one loader. Sample i of dataset d has the id i and the value 10,000·d + i,
/// and a text that says the same.
class MixTest {
  private static final int BATCH = 64;

  private Penstock penstock;
  private final List<Dataset> datasets = new ArrayList<>();
  private Version large;
  private Version small;

  private record Sample(int stream, long id) {}

  @BeforeEach
  void writeTwoDatasets() {
    penstock = Penstock.builder().memory(64 << 20).threads(2).build();
    large = write(0, 1_900);
    small = write(1, 300);
  }

  @AfterEach
  void close() {
    datasets.forEach(Dataset::close);
    penstock.close();
  }

  private Version write(int number, int samples) {
    Dataset dataset = penstock.create(new MemoryStore(InstantSource.fixed(Instant.EPOCH)));
    datasets.add(dataset);
    for (int half = 0; half < 2; half++) {
      long first = 10_000L * number + half * samples / 2;
      try (DatasetWriter writer =
          dataset
              .writer()
              .tensor("value", DataType.INT64, Shape.SCALAR)
              .text("text")
              .tensor("own" + number, DataType.UINT8, Shape.SCALAR)
              .tensor("shape", DataType.UINT8, Shape.of(number + 1))
              .chunkSamples(8)
              .open()) {
        writer.append(
            Samples.of(samples / 2)
                .with("value", LongStream.range(first, first + samples / 2).toArray())
                .withTexts(
                    "text",
                    LongStream.range(first, first + samples / 2).mapToObj(Long::toString).toList())
                .with("own" + number, new byte[samples / 2])
                .with("shape", new byte[samples / 2 * (number + 1)]));
        writer.commit("half");
      }
    }
    return dataset.version();
  }

  private Mix mix() {
    return Mix.of(large.view(), 3).and(small.view(), 1);
  }

  private static LoaderBuilder loader(Mix mix) {
    return mix.loader().tensors("value", "text").batchSize(BATCH).seed(11);
  }

  /// So many batches, checked against their streams and ids.
  private static List<Sample> read(Loader loader, long batches) {
    List<Sample> samples = new ArrayList<>();
    for (long i = 0; i < batches; ) {
      Batch next = loader.next().orElse(null);
      if (next != null) {
        i++;
        try (next) {
          samples.addAll(check(next));
        }
      }
    }
    return samples;
  }

  private static List<Sample> check(Batch batch) {
    List<Sample> samples = new ArrayList<>();
    int[] streams = batch.streams();
    long[] ids = batch.sampleIds();
    long at = 0;
    for (int i = 0; i < batch.samples(); i++) {
      long value = batch.tensor("value").segment().getAtIndex(ValueLayout.JAVA_LONG, i);
      assertThat(value).isEqualTo(10_000L * streams[i] + ids[i]);
      long end = batch.tensor("text").offsets().getAtIndex(ValueLayout.JAVA_LONG, i + 1);
      byte[] text =
          batch.tensor("text").segment().asSlice(at, end - at).toArray(ValueLayout.JAVA_BYTE);
      assertThat(text).asString().isEqualTo(Long.toString(value));
      at = end;
      samples.add(new Sample(streams[i], ids[i]));
    }
    return samples;
  }

  @ParameterizedTest
  @ValueSource(strings = {"shuffled", "lanes", "sequential"})
  void everyBlockHasTheWeights_andEveryStreamItsEpochs(String name) {
    Order order =
        switch (name) {
          case "lanes" -> Order.lanes();
          case "sequential" -> Order.sequential();
          default -> Order.shuffled();
        };
    try (Loader loader = loader(mix()).order(order).build()) {
      List<Sample> samples = read(loader, 64); // four blocks of 1,024
      for (int block = 0; block < 4; block++) {
        assertThat(samples.subList(1024 * block, 1024 * (block + 1)))
            .filteredOn(sample -> sample.stream() == 0)
            .hasSize(768);
      }
      for (int stream = 0; stream < 2; stream++) {
        assertEpochs(samples, stream, stream == 0 ? 1_900 : 300);
      }
    }
  }

  private static void assertEpochs(List<Sample> samples, int stream, int size) {
    List<Long> ids =
        samples.stream().filter(each -> each.stream() == stream).map(Sample::id).toList();
    assertThat(ids).hasSizeGreaterThan(size);
    for (int from = 0; from < ids.size(); from += size) {
      List<Long> epoch = ids.subList(from, Math.min(ids.size(), from + size));
      assertThat(new HashSet<>(epoch)).hasSameSizeAs(epoch);
    }
  }

  @Test
  void anEpochOfTheLoaderIsAPieceOfTheMix() {
    List<Sample> whole;
    try (Loader loader = loader(mix()).build()) {
      assertThat(loader.batchesPerEpoch()).isEqualTo(2_200 / BATCH);
      whole = read(loader, 40);
    }
    try (Loader loader = loader(mix().epochSamples(5 * BATCH + 7)).build()) {
      assertThat(loader.batchesPerEpoch()).isEqualTo(5);
      List<Sample> pieces = new ArrayList<>();
      for (int epoch = 0; epoch < 8; epoch++) {
        for (Batch batch : loader) {
          try (batch) {
            assertThat(batch.epoch()).isEqualTo(epoch);
            pieces.addAll(check(batch));
          }
        }
      }
      assertThat(pieces).isEqualTo(whole);
    }
  }

  @Test
  void ranksShareEachBatch_whateverTheirNumber() {
    List<Sample> whole;
    try (Loader loader = loader(mix()).build()) {
      whole = read(loader, 6);
    }
    for (int worldSize : new int[] {2, 4, 64}) {
      List<List<Sample>> ofRanks = new ArrayList<>();
      for (int rank = 0; rank < worldSize; rank++) {
        try (Loader loader = loader(mix()).rank(rank).worldSize(worldSize).build()) {
          ofRanks.add(read(loader, 6));
        }
      }
      List<Sample> together = new ArrayList<>();
      int each = BATCH / worldSize;
      for (int batch = 0; batch < 6; batch++) {
        for (List<Sample> samples : ofRanks) {
          together.addAll(samples.subList(batch * each, (batch + 1) * each));
        }
      }
      assertThat(together).isEqualTo(whole);
    }
  }

  @Test
  void aMixGoesOnFromItsState_withAnotherNumberOfRanks() {
    List<Sample> whole;
    try (Loader loader = loader(mix()).build()) {
      whole = read(loader, 60);
    }
    for (int at : new int[] {0, 1, 33, 34, 40, 59}) {
      LoaderState state;
      try (Loader loader = loader(mix()).rank(1).worldSize(2).build()) {
        loader.skip(at);
        state = LoaderState.fromJson(loader.state().toJson());
      }
      try (Loader loader = loader(mix()).seed(0).resume(state).build()) {
        assertThat(read(loader, 60 - at)).isEqualTo(whole.subList(at * BATCH, whole.size()));
      }
    }
  }

  @Test
  void weightsChangeAtAPosition_alsoWhenALoaderIsResumed() {
    LoaderState state;
    List<Sample> before;
    try (Loader loader = loader(mix()).build()) {
      before = read(loader, 10);
      state = loader.state();
    }
    Mix changed = mix().from(10 * BATCH, 0, 1);
    List<Sample> after;
    try (Loader loader = loader(changed).resume(state).build()) {
      after = read(loader, 8);
      assertThat(after).extracting(Sample::stream).containsOnly(1);
    }
    try (Loader loader = loader(changed).build()) {
      assertThat(read(loader, 10)).isEqualTo(before);
      assertThat(read(loader, 8)).isEqualTo(after);
    }
    Set<Sample> early = new HashSet<>(before);
    assertThat(after.subList(0, 300 - 160))
        .as("it goes on in its epoch")
        .noneMatch(early::contains);

    Mix tooLate = mix().from(4 * BATCH, 1, 1);
    assertThat(failure(() -> loader(tooLate).resume(state).build()))
        .hasMessageContaining("is not a state of this mix");
  }

  @Test
  void viewsAreMixedLikeVersions_andADatasetWithItself() {
    Mix views =
        Mix.of(large.view().where("value", Match.below(100)), 1)
            .and(large.view().where("value", Match.atLeast(100)), 1);
    try (Loader loader = loader(views).build()) {
      for (int i = 0; i < 20; i++) {
        try (Batch batch = loader.next().orElseThrow()) {
          int[] streams = batch.streams();
          long[] ids = batch.sampleIds();
          for (int s = 0; s < streams.length; s++) {
            assertThat(ids[s] < 100).isEqualTo(streams[s] == 0);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void theLoaderEnds_whenAnyOfItsDatasetsIsClosed(int closed) {
    Loader loader = loader(mix()).build();
    loader.next().orElseThrow().close();
    datasets.get(closed).close();
    assertThat(failure(loader::next).code()).isEqualTo(ErrorCode.CLOSED);
  }

  private static PenstockException failure(ThrowingCallable call) {
    return catchThrowableOfType(PenstockException.class, call);
  }

  @Test
  void whatCannotBeMixedIsRefused() {
    assertThat(failure(() -> mix().loader().tensors("value", "own0", "shape").build()))
        .hasMessageContaining("2 problems")
        .hasMessageContaining("no tensor named own0")
        .hasMessageContaining("shape cannot be mixed: it is uint8 [1] in " + large)
        .hasMessageContaining("and uint8 [2] in " + small);
    assertThat(
            failure(() -> loader(Mix.of(large.view(), 1).and(small.view().withIds(), 1)).build()))
        .hasMessageContaining("stream 1 has no samples");
    assertThat(failure(() -> loader(mix().from(100, 1)).build()))
        .hasMessageContaining("for 2 streams");
    assertThat(failure(() -> mix().from(64, 1, 1).and(small.view(), 1)))
        .hasMessageContaining("add the others first");
    assertThat(failure(() -> loader(Mix.of(large.view(), 0).and(small.view(), 0)).build()))
        .hasMessageContaining("none above 0");
    assertThat(failure(() -> loader(mix()).order(Order.lanes(8, 64)).build()))
        .hasMessageContaining("the lanes of a mix follow from its weights");
    try (Penstock other = Penstock.builder().memory(64 << 20).build();
        Dataset elsewhere = other.create(new MemoryStore(InstantSource.fixed(Instant.EPOCH)))) {
      try (DatasetWriter writer =
          elsewhere.writer().tensor("value", DataType.INT64, Shape.SCALAR).open()) {
        writer.append(Samples.of(1).with("value", 1L));
        writer.commit("one");
      }
      Mix strangers = Mix.of(large.view(), 1).and(elsewhere.version().view(), 1);
      assertThat(failure(() -> strangers.loader().tensors("value").build()))
          .hasMessageContaining("open both with the same Penstock");
    }
  }

  @Test
  void theTensorsThatAllHaveAreTheDefault_ifTheyFit() {
    assertThat(failure(() -> mix().loader().build())).hasMessageContaining("shape cannot be mixed");
    Mix same = Mix.of(large.view(), 1).and(large.view(), 1);
    assertThat(same.loader().plan().tensors()).containsExactly("value", "text", "own0", "shape");
  }

  @Test
  void aMixIsPlanned() {
    LoaderPlan plan = loader(mix()).order(Order.lanes()).plan();
    assertThat(plan.batches()).isEqualTo(34);
    assertThat(plan.samples()).isEqualTo(34 * BATCH);
    assertThat(plan.batchBytes()).isBetween(BATCH * 8L, BATCH * 16L);
    LoaderPlan twice = loader(mix().epochSamples(2 * 34 * BATCH)).order(Order.lanes()).plan();
    assertThat((double) twice.fetchedBytes() / plan.fetchedBytes()).isBetween(1.99, 2.01);
    assertThat(plan.requests()).isPositive().isLessThanOrEqualTo(plan.mostRequests());
    assertThat(mix()).hasToString("a mix of 3 of " + large + " and 1 of " + small);
  }
}
