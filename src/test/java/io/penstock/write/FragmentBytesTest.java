package io.penstock.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.format.FragmentEntry;
import io.penstock.format.ObjectKeys;
import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.testing.CountingStore;
import io.penstock.testing.Operation;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which objects a fragment consists of, in which requests they go out, and that their bytes depend
/// on samples and options alone.
class FragmentBytesTest {
  private static final long SEED = 77;
  private static final long MIB = 1L << 20;
  private static final Schema SCHEMA =
      new Schema(
          List.of(
              TensorSpec.of("image", DataType.UINT8, Shape.of(32, 32)),
              TensorSpec.of("label", DataType.INT64, Shape.SCALAR),
              TensorSpec.of("text", DataType.UINT8, Shape.of(Shape.RAGGED))));
  private static final WriteOptions OPTIONS =
      new WriteOptions(OptionalLong.empty(), 1L << 17, 1L << 20, "auto", Optional.empty());

  private static FragmentEntry expected;
  private static Map<String, byte[]> expectedObjects;

  private static TestSamples samples() {
    // More than the 4 MiB that decide the layout.
    return TestSamples.random(SCHEMA, 6000, SEED, (random, _) -> random.nextInt(2000));
  }

  @BeforeAll
  static void writeOnce() {
    try (MemoryStore store = store()) {
      FragmentWriter.Written written = write(store, 2, 256 * MIB, 6000);
      expected = written.entry();
      expectedObjects = new StoredFragment(store, SCHEMA, written).objects();
    }
  }

  private static MemoryStore store() {
    return new MemoryStore(() -> Instant.EPOCH);
  }

  private static FragmentWriter.Written write(
      MemoryStore store, int threads, long budgetBytes, int samplesPerCall) {
    try (WriterRig rig = new WriterRig(budgetBytes, threads)) {
      return rig.write(store, samples(), OPTIONS, samplesPerCall);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 256, 6000", "5, 256, 1", "2, 256, 7", "3, 256, 4096", "4, 24, 999"})
  void theSameSamplesGiveTheSameBytes_howeverTheyAreWritten(
      int threads, long budgetMib, int samplesPerCall) {
    try (MemoryStore store = store()) {
      FragmentWriter.Written written = write(store, threads, budgetMib * MIB, samplesPerCall);
      Map<String, byte[]> objects = new StoredFragment(store, SCHEMA, written).objects();
      assertThat(objects).containsExactlyInAnyOrderEntriesOf(expectedObjects);
      assertThat(written.entry()).isEqualTo(expected);
    }
  }

  @Test
  void theDigestIsOfTheContentAlone_whenTheFragmentHasAnotherId() {
    try (MemoryStore store = store();
        WriterRig rig = new WriterRig(64 * MIB, 2);
        FragmentWriter writer = rig.writer(store, "another-id", SCHEMA, OPTIONS)) {
      samples().appendTo(writer, 100);
      assertThat(writer.finish().entry().digest()).isEqualTo(expected.digest());
    }
  }

  @Test
  void thereIsOnePutForEachObjectAndNothingElse_whenShardsAreSmall() {
    try (CountingStore store = new CountingStore(store());
        WriterRig rig = new WriterRig(64 * MIB, 2)) {
      FragmentWriter.Written written = rig.write(store, samples(), OPTIONS, 100);
      int catalogs = SCHEMA.tensors().size();
      int sketches = 1;
      assertThat(store.requests()).isEqualTo(expectedObjects.size() + catalogs + sketches);
      assertThat(store.requests(Operation.PUT)).isEqualTo(store.requests());
      String sketch = ObjectKeys.sketch(written.entry().id(), "label");
      long sketchBytes = store.stat(sketch).orElseThrow().bytes();
      long catalogBytes = store.bytesPut() - written.entry().bytes() - sketchBytes;
      assertThat(catalogBytes).isBetween(1L, 8L << 10);
    }
  }

  @Test
  void allDataIsThereBeforeAnyMetadataIsPut() {
    try (CountingStore store = new CountingStore(store());
        WriterRig rig = new WriterRig(64 * MIB, 2)) {
      rig.write(store, samples(), OPTIONS, 100);
      List<String> trace = store.trace();
      int lastShard = lastIndex(trace, "/c/");
      int firstMetadata = firstIndex(trace, "zarr.json");
      int firstCatalog = firstIndex(trace, "__penstock/index/");
      assertThat(lastShard).isLessThan(firstMetadata).isLessThan(firstCatalog);
    }
  }

  private static int firstIndex(List<String> trace, String part) {
    return Math.toIntExact(trace.stream().takeWhile(request -> !request.contains(part)).count());
  }

  private static int lastIndex(List<String> trace, String part) {
    return trace.size() - 1 - firstIndex(trace.reversed(), part);
  }

  @Test
  void aShardStreamsOutInPartsOfFiveMebibytesAndMore_whenItIsLargerThanOne() {
    Schema schema = new Schema(List.of(TensorSpec.of("x", DataType.UINT8, Shape.of(1 << 16))));
    TestSamples samples = TestSamples.random(schema, 576, SEED, (_, _) -> 0);
    WriteOptions options =
        new WriteOptions(OptionalLong.empty(), MIB, 32 * MIB, "none", Optional.empty());
    try (CountingStore store = new CountingStore(store());
        WriterRig rig = new WriterRig(64 * MIB, 2)) {
      FragmentWriter.Written written = rig.write(store, samples, options, 10);
      new StoredFragment(store, schema, written).checkEntry();
      // 576 samples of 64 KiB are 32 MiB and 4 MiB, which is less than a part.
      assertThat(store.requests(Operation.COMPLETE)).isEqualTo(1);
      assertThat(store.requests(Operation.PART)).isBetween(4L, 7L);
      assertThat(written.entry().rows()).isEqualTo(576);
    }
  }
}
