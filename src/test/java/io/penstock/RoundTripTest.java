package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.load.LoaderState;
import io.penstock.load.Order;
import io.penstock.load.RaggedMode;
import io.penstock.store.ForwardingStore;
import io.penstock.store.MemoryStore;
import io.penstock.store.Store;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.testing.SerialWaits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// How often a program waits for the store, from opening a dataset to the end of its epochs, if its
/// processor takes no time: what the latency of an object store is multiplied with. Counted, not
/// timed.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoundTripTest {
  private static final int ROWS = 640;
  private static final int GROUP = 16;
  private static final int BATCH = 32;
  private static final long RUN = 64;
  private static final long LANES = 32;
  private static final long MEMORY = 24L << 20;
  private static final Shape IMAGE =
      Shape.of(64, 63); // with its checksum a group fits a slot of 64 KiB

  private static final List<Order> ORDERS =
      List.of(Order.lanes(RUN, LANES), Order.sequential(), new Order.Runs(RUN));

  private final SerialWaits waits = new SerialWaits();

  private final Store five = written(5, ROWS);

  /// So many fragments that the record names pages, and that a batch takes samples of some of them.
  private final Store paged = written(100, 4 * GROUP);

  /// A store that datasets do not close.
  private static Store written(int fragments, int rows) {
    MemoryStore memory = new MemoryStore(() -> Instant.EPOCH);
    Store store =
        new ForwardingStore(memory) {
          @Override
          public void close() {}
        };
    Random random = new Random(1);
    try (Penstock penstock = Penstock.builder().memory(64 << 20).threads(1).build();
        Dataset dataset = penstock.create(store)) {
      for (int fragment = 0; fragment < fragments; fragment++) {
        append(dataset, random, rows);
      }
    }
    return store;
  }

  private static void append(Dataset dataset, Random random, int rows) {
    try (DatasetWriter writer =
        dataset
            .writer()
            .tensor("image", DataType.UINT8, IMAGE)
            .tensor("label", DataType.INT64, Shape.SCALAR)
            .text("text")
            .chunkSamples(GROUP)
            .codec("none")
            .open()) {
      List<byte[]> texts = new ArrayList<>();
      for (int i = 0; i < rows; i++) {
        texts.add(new byte[random.nextInt(2000)]);
      }
      writer.append(
          Samples.of(rows)
              .with("image", new byte[(int) (rows * IMAGE.elements())])
              .with("label", random.longs(rows, 0, 10).toArray())
              .withBytes("text", texts));
      writer.commit("more");
    }
  }

  /// How many waits there had been.
  ///
  /// @param open when the version was known
  /// @param batches when each batch was there, epoch by epoch
  /// @param end when the consumer had finished
  private record Course(int open, List<List<Integer>> batches, int end) {
    int first() {
      return batches.getFirst().getFirst() - open;
    }

    /// From the last batch of the first epoch to the first one of the second.
    int turn() {
      return batches.get(1).getFirst() - batches.getFirst().getLast();
    }
  }

  private Course course(Store store, long memory, Consumer<LoaderBuilder> asked, boolean works) {
    int before = waits.count();
    List<Integer> open = new ArrayList<>();
    List<List<Integer>> batches = new ArrayList<>();
    waits.run(
        store,
        counted -> {
          try (Penstock penstock = onOneThread(memory);
              Dataset dataset = penstock.open(counted)) {
            Version version = dataset.version();
            version.content();
            open.add(waits.count() - before);
            LoaderBuilder builder = version.loader().batchSize(BATCH).epochs(2);
            asked.accept(builder);
            try (Loader loader = builder.build()) {
              for (int epoch = 0; epoch < 2; epoch++) {
                List<Integer> there = new ArrayList<>();
                for (Batch batch : loader) {
                  there.add(waits.count() - before);
                  if (works) {
                    counted.stat("what takes as long as a round trip");
                  }
                  batch.close();
                }
                batches.add(there);
              }
            }
          }
        });
    return new Course(open.getFirst(), batches, waits.count() - before);
  }

  private static Penstock onOneThread(long memory) {
    return Penstock.builder().memory(memory).threads(2).workers(Thread.ofVirtual()).build();
  }

  private static final List<List<String>> TENSORS =
      List.of(
          List.of("image"),
          List.of("image", "label"),
          List.of("text"),
          List.of("text", "label"),
          List.of("text", "image", "label"));

  @Test
  void firstBatchTakesCatalogsAndChunks() {
    firstBatchTakesCatalogsAndChunks(five, 4 * MEMORY, 2);
  }

  @Test
  void firstBatchTakesNoMore_whenTheRecordNamesPages() {
    firstBatchTakesCatalogsAndChunks(paged, 16 * MEMORY, 3);
  }

  private void firstBatchTakesCatalogsAndChunks(Store store, long memory, int open) {
    for (Order order : ORDERS) {
      for (List<String> tensors : TENSORS) {
        String[] names = tensors.toArray(String[]::new);
        Course course = course(store, memory, loader -> loader.tensors(names).order(order), false);
        assertThat(course.open()).isEqualTo(open);
        assertThat(course.first()).as("%s of %s", order, tensors).isEqualTo(2);
      }
    }
  }

  @Test
  void firstBatchThatIsGatheredTakesEntriesBeforeChunks() {
    for (Order order : ORDERS) {
      for (RaggedMode mode :
          List.of(RaggedMode.bucket(), RaggedMode.maxBytes(20_000), RaggedMode.pack(4_000, 8))) {
        Course course =
            course(
                five,
                4 * MEMORY,
                loader -> loader.tensors("text", "label").order(order).ragged(mode),
                false);
        assertThat(course.first()).as("%s, %s", order, mode).isEqualTo(3);
      }
    }
  }

  @Test
  void firstBatchAfterAResumeTakesNoMore() {
    for (Order order : ORDERS) {
      LoaderState state = stateAt(five, order, 37);
      Course course =
          course(
              five,
              MEMORY,
              loader -> loader.tensors("image", "label").order(order).resume(state),
              false);
      assertThat(course.batches().getFirst()).hasSize(5 * ROWS / BATCH - 37);
      assertThat(course.first()).as("%s", order).isEqualTo(2);
    }
  }

  private static LoaderState stateAt(Store store, Order order, int batch) {
    try (Penstock penstock = Penstock.builder().memory(MEMORY).threads(1).build();
        Dataset dataset = penstock.open(store);
        Loader loader =
            dataset
                .version()
                .loader()
                .tensors("image", "label")
                .batchSize(BATCH)
                .order(order)
                .build()) {
      loader.skip(batch);
      return loader.state();
    }
  }

  @Test
  void epochTurnsWithoutAPause() {
    for (Order order : ORDERS) {
      for (String[] tensors : new String[][] {{"image", "label"}, {"text"}}) {
        Course hungry = course(five, MEMORY, loader -> loader.tensors(tensors).order(order), false);
        assertThat(hungry.turn()).as("%s of %s", order, List.of(tensors)).isLessThanOrEqualTo(1);
        Course busy = course(five, MEMORY, loader -> loader.tensors(tensors).order(order), true);
        assertThat(busy.turn()).as("%s, a step takes one wait", order).isEqualTo(1);
      }
    }
  }

  @Test
  void memoryIsFullOfRequests_notOfWhatIsNeededLater() {
    long stored = 5L * ROWS * IMAGE.elements();
    for (Order order : ORDERS) {
      for (String tensor : List.of("image", "text")) {
        Course course = course(five, MEMORY, loader -> loader.tensors(tensor).order(order), false);
        assertThat(course.end())
            .as("%s of %s: a part of the budget in each wait", order, tensor)
            .isLessThan((int) (2 * stored / (MEMORY / 24)));
      }
    }
  }
}
