package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.image.ImageDecoder;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.load.LoaderFlux;
import io.penstock.load.LoaderState;
import io.penstock.load.OnBadSample;
import io.penstock.load.Order;
import io.penstock.load.RaggedMode;
import io.penstock.load.RaggedMode.Overlong;
import io.penstock.load.SampleEdit;
import io.penstock.load.SampleForm;
import io.penstock.load.SampleRandom;
import io.penstock.load.SampleTransform;
import io.penstock.load.SampleValue;
import io.penstock.load.TensorBatch;
import io.penstock.store.MemoryStore;
import io.penstock.store.Store;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What happens to samples on their way into batches: the bundled images, encoded as PNG, are
/// decoded and changed by hooks; ragged samples are padded. Sample i has i mod 7 tokens, i, i + 1,
/// …
class BatchFormTest {
  private static final int ROWS = 300;
  private static final int SIDE = 28;
  private static final int BROKEN = 123;

  private static final List<byte[]> PIXELS = new ArrayList<>();
  private static final List<byte[]> ENCODED = new ArrayList<>();

  private Penstock penstock;
  private Dataset dataset;
  private Version version;

  @BeforeAll
  static void encodeImages() throws IOException {
    try (InputStream bundled =
            BatchFormTest.class.getResourceAsStream("cli/demo/images-idx3-ubyte.gz");
        DataInputStream images =
            new DataInputStream(new GZIPInputStream(Objects.requireNonNull(bundled)))) {
      images.skipNBytes(16);
      for (int i = 0; i < ROWS; i++) {
        byte[] pixels = images.readNBytes(SIDE * SIDE);
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setDataElements(0, 0, SIDE, SIDE, pixels);
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        PIXELS.add(pixels);
        ENCODED.add(png.toByteArray());
      }
    }
  }

  @BeforeEach
  void write() {
    penstock = penstock(2);
    dataset = penstock.create(memory());
    version = append(dataset, ENCODED);
  }

  @AfterEach
  void close() {
    dataset.close();
    penstock.close();
  }

  private static Store memory() {
    return new MemoryStore(InstantSource.fixed(Instant.EPOCH));
  }

  private static Penstock penstock(int threads) {
    return Penstock.builder()
        .memory(64 << 20)
        .threads(threads)
        .clock(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC))
        .build();
  }

  private static Version append(Dataset dataset, List<byte[]> images) {
    List<Shape> tokenShapes = new ArrayList<>();
    List<Shape> boxShapes = new ArrayList<>();
    int[] tokens = new int[ROWS * 7];
    int[] labels = new int[ROWS];
    int next = 0;
    for (int i = 0; i < ROWS; i++) {
      tokenShapes.add(Shape.of(i % 7));
      boxShapes.add(Shape.of(i % 2, i % 3));
      for (int j = 0; j < i % 7; j++) {
        tokens[next++] = i + j;
      }
      labels[i] = i;
    }
    try (Arena arena = Arena.ofConfined();
        DatasetWriter writer =
            dataset
                .writer()
                .bytes("image", "image/png")
                .tensor("tokens", DataType.INT32, Shape.of(Shape.RAGGED))
                .tensor("box", DataType.UINT8, Shape.of(Shape.RAGGED, Shape.RAGGED))
                .tensor("label", DataType.INT32, Shape.SCALAR)
                .chunkSamples(16)
                .open()) {
      long boxes = boxShapes.stream().mapToLong(Shape::elements).sum();
      writer.append(
          Samples.of(ROWS)
              .withBytes("image", images)
              .withRagged(
                  "tokens",
                  arena.allocateFrom(ValueLayout.JAVA_INT, Arrays.copyOf(tokens, next)),
                  tokenShapes)
              .withRagged("box", arena.allocate(boxes), boxShapes)
              .with("label", labels));
      return writer.commit("images");
    }
  }

  private static SampleTransform toFloats() {
    return SampleTransform.to(
        new SampleForm(DataType.FLOAT32, Shape.of(1, SIDE, SIDE)),
        (sample, output, _) -> {
          for (long i = 0; i < SIDE * SIDE; i++) {
            float value = (sample.elements().get(ValueLayout.JAVA_BYTE, i) & 0xff) / 255f;
            output.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
          }
        });
  }

  private static SampleEdit noise() {
    return (sample, random) -> {
      for (long i = 0; i < sample.shape().elements(); i++) {
        float value = sample.elements().getAtIndex(ValueLayout.JAVA_FLOAT, i);
        sample.elements().setAtIndex(ValueLayout.JAVA_FLOAT, i, value + random.nextFloat());
      }
    };
  }

  @Test
  void pixelsAreThoseThatWereEncoded_whenImagesAreDecodedOnTheWay() {
    try (Loader loader =
        version
            .loader()
            .tensors("image", "label")
            .batchSize(32)
            .transform("image", ImageDecoder.grey(SIDE, SIDE))
            .build()) {
      int seen = 0;
      for (Batch batch : loader) {
        try (batch) {
          TensorBatch images = batch.tensor("image");
          assertThat(images.type()).isEqualTo(DataType.UINT8);
          assertThat(images.shape()).isEqualTo(Shape.of(batch.samples(), SIDE, SIDE, 1));
          assertThat(images.sampleShape(0)).isEqualTo(Shape.of(SIDE, SIDE, 1));
          assertThat(images.offsets().byteSize()).isZero();
          assertThat(images.segment().address() % 256).isZero();
          for (int i = 0; i < batch.samples(); i++) {
            int id = (int) batch.sampleIds()[i];
            assertThat(sample(images, i, SIDE * SIDE)).isEqualTo(PIXELS.get(id));
            assertThat(batch.tensor("label").segment().getAtIndex(ValueLayout.JAVA_INT, i))
                .isEqualTo(id);
            seen++;
          }
        }
      }
      assertThat(seen).isEqualTo(ROWS);
    }
  }

  private static byte[] sample(TensorBatch tensor, int sample, long bytes) {
    return tensor.segment().asSlice(sample * bytes, bytes).toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void augmentedSamplesAreTheSame_whateverTheThreadsAndTheRanks() {
    Map<String, Long> expected = augmented(version, 1, 1);
    assertThat(expected).hasSize(2 * ROWS);
    assertThat(expected.values()).doesNotHaveDuplicates();
    for (int threads : new int[] {1, 8}) {
      try (Penstock other = penstock(threads);
          Dataset same = other.create(memory())) {
        Version again = append(same, ENCODED);
        for (int worldSize : new int[] {1, 2, 4}) {
          assertThat(augmented(again, worldSize, 16))
              .as("%s threads, %s ranks", threads, worldSize)
              .isEqualTo(expected);
        }
      }
    }
  }

  /// Checksums of the samples of two epochs, by epoch and id.
  private static Map<String, Long> augmented(Version version, int worldSize, int batchSize) {
    Map<String, Long> found = new HashMap<>();
    for (int rank = 0; rank < worldSize; rank++) {
      try (Loader loader =
          version
              .loader()
              .tensors("image")
              .batchSize(Math.max(batchSize, worldSize))
              .worldSize(worldSize)
              .rank(rank)
              .seed(5)
              .epochs(2)
              .transform("image", ImageDecoder.grey(SIDE, SIDE))
              .transform("image", toFloats())
              .edit("image", noise())
              .build()) {
        for (int epoch = 0; epoch < 2; epoch++) {
          for (Batch batch : loader) {
            try (batch) {
              for (int i = 0; i < batch.samples(); i++) {
                CRC32C crc = new CRC32C();
                crc.update(sample(batch.tensor("image"), i, 4L * SIDE * SIDE));
                String place = batch.epoch() + " " + batch.sampleIds()[i];
                assertThat(found.put(place, crc.getValue())).isNull();
              }
            }
          }
        }
      }
    }
    return found;
  }

  @Test
  void hooksRunOneAfterTheOther_onTheThreadsThatDecode() {
    Set<String> threads = ConcurrentHashMap.newKeySet();
    SampleEdit darker =
        (sample, _) -> {
          threads.add(Thread.currentThread().getName());
          assertThat(sample.shape()).isEqualTo(Shape.of(SIDE, SIDE, 1));
          for (long i = 0; i < SIDE * SIDE; i++) {
            byte value = sample.elements().get(ValueLayout.JAVA_BYTE, i);
            sample.elements().set(ValueLayout.JAVA_BYTE, i, (byte) ((value & 0xff) / 2));
          }
        };
    try (Loader loader =
        version
            .loader()
            .tensors("image")
            .batchSize(50)
            .transform("image", ImageDecoder.grey(SIDE, SIDE))
            .edit("image", darker)
            .transform("image", toFloats())
            .build()) {
      for (Batch batch : loader) {
        try (batch) {
          TensorBatch images = batch.tensor("image");
          assertThat(images.type()).isEqualTo(DataType.FLOAT32);
          assertThat(images.shape()).isEqualTo(Shape.of(batch.samples(), 1, SIDE, SIDE));
          for (int i = 0; i < batch.samples(); i++) {
            byte[] pixels = PIXELS.get((int) batch.sampleIds()[i]);
            for (int at = 0; at < pixels.length; at++) {
              float found =
                  images.segment().getAtIndex(ValueLayout.JAVA_FLOAT, i * pixels.length + at);
              int darkened = (pixels[at] & 0xff) / 2;
              assertThat(found).isEqualTo(darkened / 255f);
            }
          }
        }
      }
    }
    assertThat(threads).isNotEmpty().allMatch(name -> name.startsWith("penstock-codec-"));
  }

  @Test
  void tensorsOfOneSampleDrawTheSameNumbers() {
    SampleEdit drawn =
        (sample, random) -> sample.elements().set(ValueLayout.JAVA_INT, 0, random.nextInt());
    SampleTransform toInt =
        SampleTransform.to(
            new SampleForm(DataType.INT32, Shape.SCALAR),
            (_, output, random) -> output.set(ValueLayout.JAVA_INT, 0, random.nextInt()));
    try (Loader loader =
        version
            .loader()
            .tensors("image", "label")
            .seed(9)
            .transform("image", toInt)
            .edit("label", drawn)
            .build()) {
      try (Batch batch = loader.next().orElseThrow()) {
        int[] first = batch.tensor("image").segment().toArray(ValueLayout.JAVA_INT);
        assertThat(batch.tensor("label").segment().toArray(ValueLayout.JAVA_INT)).isEqualTo(first);
        for (int i = 0; i < batch.samples(); i++) {
          assertThat(first[i]).isEqualTo(SampleRandom.of(9, 0, batch.sampleIds()[i]).nextInt());
        }
      }
    }
  }

  // ---- failures

  private LoaderBuilder withBrokenImage(OnBadSample action) {
    List<byte[]> images = new ArrayList<>(ENCODED);
    images.set(BROKEN, Arrays.copyOf(ENCODED.get(BROKEN), 60));
    version = append(dataset, images);
    return version
        .view()
        .withIds(java.util.stream.LongStream.range(ROWS, 2L * ROWS).toArray())
        .loader()
        .tensors("image", "label")
        .sequential()
        .batchSize(100)
        .onBadSample(action)
        .transform("image", ImageDecoder.grey(SIDE, SIDE));
  }

  @Test
  void theBatchFailsNamingTheSample_whenItsImageIsDamaged() {
    try (Loader loader = withBrokenImage(OnBadSample.FAIL).build()) {
      loader.next().orElseThrow().close();
      assertThatThrownBy(loader::next)
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining("tensor image, sample id " + (ROWS + BROKEN) + ": ");
      loader.next().orElseThrow().close();
      assertThat(loader.next()).isEmpty();
    }
  }

  @Test
  void theDamagedImageIsMasked_whenThatIsAskedFor() {
    try (Loader loader = withBrokenImage(OnBadSample.MASK).build()) {
      loader.next().orElseThrow().close();
      try (Batch batch = loader.next().orElseThrow()) {
        boolean[] expected = new boolean[100];
        Arrays.fill(expected, true);
        expected[BROKEN - 100] = false;
        assertThat(batch.mask()).isEqualTo(expected);
        assertThat(sample(batch.tensor("image"), BROKEN - 100, SIDE * SIDE)).containsOnly(0);
        assertThat(sample(batch.tensor("image"), BROKEN - 99, SIDE * SIDE))
            .isEqualTo(PIXELS.get(BROKEN + 1));
      }
    }
  }

  @Test
  void aGoodImageStandsIn_whenThatIsAskedFor() {
    try (Loader loader = withBrokenImage(OnBadSample.REPLACE).build()) {
      loader.next().orElseThrow().close();
      try (Batch batch = loader.next().orElseThrow()) {
        assertThat(batch.sampleIds()[BROKEN - 100]).isEqualTo(ROWS + BROKEN + 1);
        assertThat(sample(batch.tensor("image"), BROKEN - 100, SIDE * SIDE))
            .isEqualTo(PIXELS.get(BROKEN + 1));
      }
    }
  }

  @Test
  void aMistakeInAHookFailsTheBatch_whateverBecomesOfDamagedSamples() {
    SampleEdit mistaken =
        (sample, _) -> {
          if (sample.id() == 7) {
            throw new IllegalStateException("seven");
          }
        };
    try (Loader loader =
        version
            .loader()
            .tensors("label")
            .sequential()
            .batchSize(150)
            .onBadSample(OnBadSample.MASK)
            .edit("label", mistaken)
            .build()) {
      assertThatThrownBy(loader::next)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("tensor label, sample id 7: ")
          .hasMessageContaining("seven")
          .hasRootCauseInstanceOf(IllegalStateException.class);
      loader.next().orElseThrow().close();
    }
  }

  @Test
  void whatDoesNotFitIsRefused_whenTheLoaderIsBuilt() {
    refused(loader -> loader.transform("label", ImageDecoder.rgb(1, 1)), "tensor label", "int32[]");
    refused(
        loader ->
            loader.transform(
                "label",
                SampleTransform.to(
                    new SampleForm(DataType.UINT8, Shape.of(Shape.RAGGED)), (_, _, _) -> {})),
        "cannot be ragged");
    refused(loader -> loader.tensors("label").edit("image", (_, _) -> {}), "image has a hook");
    refused(loader -> loader.ragged(RaggedMode.pad()), "tensor box", "[-1, -1]");
    refused(
        loader -> loader.tensors("label").ragged(RaggedMode.bucket()), "none of [label] is ragged");
    refused(
        loader ->
            loader.tensors("image", "tokens").ragged(new RaggedMode.Pad(0, 256, Overlong.REFUSE)),
        "the filler 256 is no uint8, which tensor image has");
    refused(
        loader -> loader.tensors("image").ragged(new RaggedMode.Pad(0, -1, Overlong.REFUSE)),
        "the filler -1");
  }

  private void refused(UnaryOperator<LoaderBuilder> change, String... words) {
    assertThatThrownBy(() -> change.apply(version.loader()).build().close())
        .isInstanceOf(PenstockException.class)
        .satisfies(
            e -> assertThat(((PenstockException) e).code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageContainingAll(words);
  }

  // ---- padding

  @Test
  void samplesAreFilledUpToTheLongest_whenTheyArePadded() {
    for (Order order : List.of(Order.sequential(), Order.full(), Order.lanes(32, 10))) {
      try (Loader loader =
          version
              .loader()
              .tensors("tokens", "label")
              .order(order)
              .batchSize(10)
              .ragged(new RaggedMode.Pad(0, -100, Overlong.REFUSE))
              .build()) {
        for (Batch batch : loader) {
          try (batch) {
            checkPadded(batch, Arrays.stream(batch.sampleIds()).map(id -> id % 7).max().orElse(0));
          }
        }
      }
    }
  }

  private static void checkPadded(Batch batch, long length) {
    TensorBatch tokens = batch.tensor("tokens");
    assertThat(tokens.shape()).isEqualTo(Shape.of(batch.samples(), length));
    assertThat(tokens.offsets().byteSize()).isZero();
    int[] found = tokens.segment().toArray(ValueLayout.JAVA_INT);
    long[] lengths = tokens.lengths().toArray(ValueLayout.JAVA_LONG);
    assertThat(lengths).hasSize(batch.samples());
    for (int i = 0; i < batch.samples(); i++) {
      long id = batch.sampleIds()[i];
      long real = Math.min(id % 7, length);
      assertThat(lengths[i]).isEqualTo(real);
      assertThat(tokens.sampleShape(i)).isEqualTo(Shape.of(real));
      for (int j = 0; j < length; j++) {
        assertThat(found[(int) (i * length + j)]).isEqualTo(j < real ? (int) id + j : -100);
      }
    }
  }

  @Test
  void batchesHaveOneLength_whenSamplesArePaddedToIt() {
    for (long length : new long[] {0, 3, 9}) {
      try (Loader loader =
          version
              .loader()
              .tensors("tokens")
              .batchSize(16)
              .ragged(new RaggedMode.Pad(length, -100, Overlong.CUT))
              .build()) {
        for (Batch batch : loader) {
          try (batch) {
            checkPadded(batch, length == 0 ? 6 : length);
          }
        }
      }
    }
  }

  @Test
  void theBatchFailsNamingTheSample_whenItIsLongerThanWhatItIsPaddedTo() {
    try (Loader loader =
        version
            .loader()
            .tensors("tokens")
            .sequential()
            .batchSize(5)
            .ragged(RaggedMode.padTo(4))
            .build()) {
      loader.next().orElseThrow().close();
      assertThatThrownBy(loader::next)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("tensor tokens, sample id 5: its length 5 exceeds 4");
      assertThatThrownBy(loader::next).hasMessageContaining("sample id 12");
    }
  }

  @Test
  void aTensorThatIsDecodedIsNotPadded_butTheOthersAre() {
    try (Loader loader =
        version
            .loader()
            .tensors("image", "tokens")
            .batchSize(20)
            .ragged(RaggedMode.pad())
            .transform("image", ImageDecoder.grey(SIDE, SIDE))
            .build()) {
      try (Batch batch = loader.next().orElseThrow()) {
        assertThat(batch.tensor("image").shape()).isEqualTo(Shape.of(20, SIDE, SIDE, 1));
        assertThat(batch.tensor("tokens").shape().rank()).isEqualTo(2);
      }
    }
  }

  @Test
  void hooksSeeTheRealSample_whenItIsPadded() {
    SampleEdit negate =
        (SampleValue sample, SampleRandom _) -> {
          MemorySegment tokens = sample.elements();
          assertThat(sample.shape()).isEqualTo(Shape.of(sample.id() % 7));
          assertThat(tokens.byteSize()).isEqualTo(4 * (sample.id() % 7));
          for (long j = 0; j < sample.id() % 7; j++) {
            int token = tokens.getAtIndex(ValueLayout.JAVA_INT, j);
            tokens.setAtIndex(ValueLayout.JAVA_INT, j, -token);
          }
        };
    try (Loader loader =
        version
            .loader()
            .tensors("tokens")
            .sequential()
            .batchSize(7)
            .ragged(RaggedMode.padTo(6))
            .edit("tokens", negate)
            .build()) {
      try (Batch batch = loader.next().orElseThrow()) {
        int[] tokens = batch.tensor("tokens").segment().toArray(ValueLayout.JAVA_INT);
        assertThat(Arrays.copyOfRange(tokens, 18, 24)).containsExactly(-3, -4, -5, 0, 0, 0);
      }
    }
  }

  // ---- windows

  /// For each epoch the ids of each batch of a rank.
  private List<List<Long>> bucketed(int worldSize, int rank, Order order, long skipped) {
    List<List<Long>> batches = new ArrayList<>();
    try (Loader loader =
        version
            .loader()
            .tensors("tokens", "label")
            .order(order)
            .seed(3)
            .batchSize(4)
            .worldSize(worldSize)
            .rank(rank)
            .ragged(new RaggedMode.Bucket(64, new RaggedMode.Pad(0, -100, Overlong.REFUSE)))
            .build()) {
      loader.skip(skipped);
      for (int epoch = 0; epoch < 2; epoch++) {
        for (Batch batch : loader) {
          try (batch) {
            long longest = Arrays.stream(batch.sampleIds()).map(id -> id % 7).max().orElse(0);
            checkPadded(batch, longest);
            batches.add(Arrays.stream(batch.sampleIds()).boxed().toList());
          }
        }
      }
    }
    return batches;
  }

  @Test
  void batchesHoldSamplesOfLikeLength_whenTheyComeFromBuckets() {
    for (Order order : List.of(Order.sequential(), Order.full(), Order.lanes(32, 8))) {
      List<List<Long>> batches = bucketed(1, 0, order, 0);
      assertThat(batches).hasSize(150);
      for (int epoch = 0; epoch < 2; epoch++) {
        List<Long> seen = new ArrayList<>();
        long spread = 0;
        for (List<Long> batch : batches.subList(75 * epoch, 75 * epoch + 75)) {
          seen.addAll(batch);
          long[] lengths = batch.stream().mapToLong(id -> id % 7).sorted().toArray();
          spread += lengths[lengths.length - 1] - lengths[0];
        }
        assertThat(seen).hasSize(ROWS).doesNotHaveDuplicates();
        // Two windows, of which the first has 64 batches and seven lengths.
        assertThat(spread).isLessThan(25);
      }
      assertThat(batches.subList(0, 75)).isNotEqualTo(batches.subList(75, 150));
    }
  }

  @Test
  void bucketsAreTheSame_whateverTheRanksAndWhereALoaderBegins() {
    Order order = Order.lanes(32, 8);
    List<List<Long>> whole = bucketed(1, 0, order, 0);
    List<List<Long>> first = bucketed(2, 0, order, 0);
    List<List<Long>> second = bucketed(2, 1, order, 0);
    for (int i = 0; i < whole.size(); i++) {
      List<Long> both = new ArrayList<>(first.get(i));
      both.addAll(second.get(i));
      assertThat(both).isEqualTo(whole.get(i));
    }
    assertThat(bucketed(1, 0, order, 70)).isEqualTo(whole.subList(70, 150));
  }

  private LoaderBuilder inBuckets(int buckets, RaggedMode.Layout layout) {
    return version
        .loader()
        .tensors("tokens")
        .order(Order.lanes(32, 8))
        .seed(3)
        .batchSize(4)
        .ragged(new RaggedMode.Bucket(buckets, layout));
  }

  @Test
  void aLoaderGoesOnInItsBuckets_withOtherRanksAndOtherPadding() {
    List<List<Long>> whole = bucketed(1, 0, Order.lanes(32, 8), 0);
    LoaderState state;
    try (Loader loader = inBuckets(64, RaggedMode.pad()).build()) {
      loader.skip(30);
      loader.next().orElseThrow().close();
      state = loader.state();
    }
    List<List<Long>> both = new ArrayList<>();
    for (int rank = 0; rank < 2; rank++) {
      try (Loader loader =
          inBuckets(64, RaggedMode.offsets()).worldSize(2).rank(rank).resume(state).build()) {
        int at = 0;
        for (Batch batch : loader) {
          try (batch) {
            if (rank == 0) {
              both.add(new ArrayList<>());
            }
            List<Long> ids = both.get(at++);
            Arrays.stream(batch.sampleIds()).forEach(id -> ids.add(id));
          }
        }
      }
    }
    assertThat(both).isEqualTo(whole.subList(31, 75));
    assertThatThrownBy(() -> inBuckets(16, RaggedMode.pad()).resume(state).build().close())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("is not a state of");
  }

  // ---- rows

  private LoaderBuilder packed(String... tensors) {
    return version
        .loader()
        .tensors(tensors)
        .order(Order.lanes(32, 8))
        .seed(3)
        .batchSize(16)
        .ragged(new RaggedMode.Pack(10, 4, -1, Overlong.REFUSE));
  }

  /// The ids of a packed batch, compared with its rows.
  private static List<Long> packedIds(Batch batch) {
    TensorBatch tokens = batch.tensor("tokens");
    assertThat(tokens.shape()).isEqualTo(Shape.of(4, 10));
    int[] found = tokens.segment().toArray(ValueLayout.JAVA_INT);
    int[] segments = tokens.segments().toArray(ValueLayout.JAVA_INT);
    long real = 0;
    for (int i = 0; i < batch.samples(); i++) {
      int id = (int) batch.sampleIds()[i];
      int at = (int) tokens.offsets().getAtIndex(ValueLayout.JAVA_LONG, i);
      assertThat(tokens.lengths().getAtIndex(ValueLayout.JAVA_LONG, i)).isEqualTo(id % 7);
      assertThat(batch.tensor("label").segment().getAtIndex(ValueLayout.JAVA_INT, i)).isEqualTo(id);
      for (int j = 0; j < id % 7; j++) {
        assertThat(found[at + j]).isEqualTo(-id - j);
        assertThat(segments[at + j]).isEqualTo(segments[at]).isPositive();
      }
      real += id % 7;
    }
    assertThat(Arrays.stream(segments).filter(each -> each > 0).count()).isEqualTo(real);
    for (int i = 0; i < found.length; i++) {
      assertThat(segments[i] > 0 || found[i] == -1).isTrue();
    }
    return Arrays.stream(batch.sampleIds()).boxed().toList();
  }

  private static SampleEdit negated() {
    return (sample, _) -> {
      for (long j = 0; j < sample.shape().elements(); j++) {
        int token = sample.elements().getAtIndex(ValueLayout.JAVA_INT, j);
        sample.elements().setAtIndex(ValueLayout.JAVA_INT, j, -token);
      }
    };
  }

  @Test
  void samplesArePackedIntoRows_forEveryFaceOfALoader() throws Exception {
    List<List<Long>> batches = new ArrayList<>();
    try (Loader loader = packed("tokens", "label").edit("tokens", negated()).build()) {
      for (Batch batch : loader) {
        try (batch) {
          batches.add(packedIds(batch));
        }
      }
    }
    List<Long> all = batches.stream().flatMap(List::stream).sorted().toList();
    assertThat(all).isEqualTo(java.util.stream.LongStream.range(0, ROWS).boxed().toList());
    try (Loader loader = packed("tokens", "label").edit("tokens", negated()).build()) {
      loader.start();
      List<List<Long>> found = new ArrayList<>();
      try (Batch batch = loader.nextAsync().get().orElseThrow()) {
        found.add(packedIds(batch));
      }
      LoaderState state = loader.state();
      try (Batch batch = loader.poll(java.time.Duration.ofMinutes(1)).orElseThrow()) {
        found.add(packedIds(batch));
      }
      for (var batch = loader.nextAsync().get();
          batch.isPresent();
          batch = loader.nextAsync().get()) {
        found.add(packedIds(batch.get()));
        batch.get().close();
      }
      assertThat(found).isEqualTo(batches);
      loader.seek(state);
      found.subList(1, found.size()).clear();
      LoaderFlux.of(loader)
          .doOnNext(batch -> {
            found.add(packedIds(batch));
            batch.close();
          })
          .blockLast();
      assertThat(found).isEqualTo(batches);
      try (var epoch = loader.stream()) {
        assertThat(epoch.map(BatchFormTest::packedIds).mapToInt(List::size).sum()).isEqualTo(ROWS);
      }
    }
  }

  @Test
  void aTensorThatIsDecodedIsNotPacked_butComesInTheOrderOfTheRows() {
    try (Loader loader =
        packed("image", "tokens").transform("image", ImageDecoder.grey(SIDE, SIDE)).build()) {
      int seen = 0;
      for (Batch batch : loader) {
        try (batch) {
          TensorBatch images = batch.tensor("image");
          assertThat(images.shape()).isEqualTo(Shape.of(batch.samples(), SIDE, SIDE, 1));
          assertThat(images.segments().byteSize()).isZero();
          for (int i = 0; i < batch.samples(); i++) {
            assertThat(sample(images, i, SIDE * SIDE))
                .isEqualTo(PIXELS.get((int) batch.sampleIds()[i]));
            seen++;
          }
        }
      }
      assertThat(seen).isEqualTo(ROWS);
    }
  }

  @Test
  void tensorsOfDifferentLengthsAreNotPackedTogether() {
    try (Loader loader =
        version
            .loader()
            .tensors("image", "tokens")
            .sequential()
            .ragged(RaggedMode.pack(10_000, 4))
            .build()) {
      assertThatThrownBy(loader::next)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining(
              "sample id 0 has the length " + ENCODED.getFirst().length + " in tensor image and 0");
    }
  }
}
