package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.tensor.Hash64;
import io.penstock.tensor.Permutation;
import io.penstock.testing.Environment;
import io.penstock.testing.JsonTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The order is what `format-spec/vectors/order-v1.json` says, to the bit, here and in Python.
/// Sentences O1-GEN-02, O1-HSH-01, O1-HSH-02, O1-KEY-01, O1-KEY-02, O1-LAN-02, O1-LAN-03,
/// O1-LAN-04, O1-LAN-05, O1-LIN-01, O1-RUN-01, O1-SMP-01, O1-SMP-02, O1-SMP-03, O1-LEV-01,
/// O1-VIW-01, O1-SPL-01, O1-WIN-01, O1-WIN-02, O1-WIN-03, O1-WIN-04, O1-WIN-05, O1-VEC-01.
class OrderVectorsTest {
  private static final Path VECTORS = Path.of("format-spec", "vectors", "order-v1.json");

  @Test
  void hashesAreEqual() throws IOException {
    List<List<Object>> mixed = list(vectors().get("mix"));
    assertThat(mixed).isNotEmpty();
    for (List<Object> pair : mixed) {
      assertThat(Hash64.mix(hexadecimal(pair.get(0)))).isEqualTo(hexadecimal(pair.get(1)));
    }
  }

  @Test
  void permutationsAreEqual() throws IOException {
    List<Map<String, Object>> cases = list(vectors().get("permutation"));
    assertThat(cases).hasSizeGreaterThan(60);
    for (Map<String, Object> given : cases) {
      checkPermutation(given, hexadecimal(given.get("key")));
    }
  }

  @Test
  void ordersAreEqual() throws IOException {
    List<Map<String, Object>> cases = list(vectors().get("order"));
    assertThat(cases).hasSizeGreaterThan(12);
    for (Map<String, Object> given : cases) {
      SampleOrder order = checkOrder(given, level(given));
      assertThat(SampleSpace.of(fragments(given)).hash()).isEqualTo(given.get("rowsHash"));
      List<Long> ranks = list(given.get("ranks"));
      for (int i = 0; i < ranks.size(); i++) {
        assertThat(order.rank(i, number(given, "worldSize"))).isEqualTo(ranks.get(i));
      }
    }
  }

  @Test
  void mixesAreEqual() throws IOException {
    List<Map<String, Object>> cases = list(vectors().get("mixed"));
    assertThat(cases).isNotEmpty();
    for (Map<String, Object> given : cases) {
      MixedOrder mixed = MixedOrder.of(number(given, "seed"), segments(given));
      List<List<Long>> samples = list(given.get("samples"));
      for (List<Long> sample : samples) {
        assertThat(mixed.stream(sample.get(0))).isEqualTo(sample.get(1).intValue());
        assertThat(mixed.index(sample.get(0))).isEqualTo(sample.get(2));
      }
      List<Object> seeds = list(given.get("streamSeeds"));
      assertThat(seeds).hasSize(mixed.streams());
      for (int s = 0; s < seeds.size(); s++) {
        assertThat(mixed.streamSeed(s)).isEqualTo(hexadecimal(seeds.get(s)));
      }
    }
  }

  @Test
  void splitsAreEqual() throws IOException {
    List<Map<String, Object>> cases = list(vectors().get("split"));
    assertThat(cases).isNotEmpty();
    for (Map<String, Object> given : cases) {
      Split split =
          new Split(
              ((Number) given.get("from")).doubleValue(),
              ((Number) given.get("to")).doubleValue(),
              number(given, "seed"));
      List<Long> ids = list(given.get("ids"));
      assertThat(ids.stream().filter(split::contains).toList()).isEqualTo(given.get("members"));
    }
  }

  @Test
  void windowsAreEqual() throws IOException {
    List<Map<String, Object>> cases = list(vectors().get("window"));
    assertThat(cases).hasSizeGreaterThan(6);
    for (Map<String, Object> given : cases) {
      List<List<Long>> sizes = list(given.get("sizes"));
      RaggedWindow window =
          RaggedWindow.of(
              raggedMode(given),
              shape(given),
              number(given, "seed"),
              number(given, "epoch"),
              number(given, "window"),
              sizes.stream()
                  .map(each -> each.stream().mapToLong(Long::longValue).toArray())
                  .toArray(long[][]::new),
              (Long) given.getOrDefault("fixedBytes", 0L));
      List<List<List<Long>>> batches = list(given.get("batches"));
      assertThat(window.batches()).isEqualTo(batches.size());
      for (int batch = 0; batch < batches.size(); batch++) {
        assertThat(rows(window, batch))
            .as("%s, batch %s", given.get("name"), batch)
            .isEqualTo(batches.get(batch));
      }
    }
  }

  private static RaggedMode raggedMode(Map<String, Object> given) {
    if (given.containsKey("bucket")) {
      return new RaggedMode.Bucket(
          Math.toIntExact(number(given, "bucket")), new RaggedMode.Offsets());
    }
    if (given.containsKey("packLength")) {
      return new RaggedMode.Pack(
          number(given, "packLength"),
          Math.toIntExact(number(given, "rows")),
          0,
          RaggedMode.Overlong.CUT);
    }
    RaggedMode.Layout layout =
        given.containsKey("padded")
            ? new RaggedMode.Pad(0, 0, RaggedMode.Overlong.CUT)
            : new RaggedMode.Offsets();
    return new RaggedMode.MaxBytes(number(given, "maxBytes"), layout);
  }

  private static OrderShape shape(Map<String, Object> given) {
    return new OrderShape(level(given), false, number(given, "batch"), 1, number(given, "lanes"));
  }

  private static List<List<Long>> rows(RaggedWindow window, int batch) {
    int[] positions = window.positions(batch, Share.WHOLE);
    List<List<Long>> rows = new ArrayList<>();
    int from = 0;
    for (int end : window.rowEnds(batch, Share.WHOLE)) {
      rows.add(Arrays.stream(positions, from, end).asLongStream().boxed().toList());
      from = end;
    }
    return rows;
  }

  @Test
  void vectorsOfTheSharedFolderAreEqual() throws IOException {
    String text = Files.readString(Environment.shared("design/order_vectors.json"));
    // Its hashes are decimal numbers beyond 63 bits; ours are compared above.
    Map<String, Object> shared = JsonTree.object(text.replaceFirst("\"mix\": \\[\\[.*?]], ", ""));
    List<Map<String, Object>> permutations = list(shared.get("prp"));
    List<Map<String, Object>> orders = list(shared.get("order"));
    assertThat(permutations).isNotEmpty();
    assertThat(orders).isNotEmpty();
    for (Map<String, Object> given : permutations) {
      checkPermutation(given, number(given, "key"));
    }
    for (Map<String, Object> given : orders) {
      checkOrder(given, OrderShape.Level.LANES);
    }
  }

  @Test
  void thePythonSampleFindsTheSame() throws IOException, InterruptedException {
    List<String> command =
        List.of(
            Environment.python().toString(),
            Path.of("samples", "sample_order.py").toString(),
            "--check",
            VECTORS.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).endsWith(" values equal\n");
  }

  private static OrderShape.Level level(Map<String, Object> given) {
    return OrderShape.Level.valueOf(given.get("level").toString().toUpperCase(Locale.ROOT));
  }

  private static void checkPermutation(Map<String, Object> given, long key) {
    List<Long> from = list(given.get("x"));
    List<Long> to = list(given.get("y"));
    assertThat(to).hasSameSizeAs(from);
    for (int i = 0; i < from.size(); i++) {
      assertThat(Permutation.apply(from.get(i), number(given, "n"), key))
          .as(given.toString())
          .isEqualTo(to.get(i));
    }
  }

  private static SampleOrder checkOrder(Map<String, Object> given, OrderShape.Level level) {
    SampleSpace space = SampleSpace.of(fragments(given));
    OrderShape shape =
        new OrderShape(
            level,
            (Boolean) given.get("sticky"),
            number(given, "batch"),
            number(given, "runSamples"),
            number(given, "lanes"));
    SampleOrder order = SampleOrder.of(space, shape, number(given, "seed"), number(given, "epoch"));
    List<List<Long>> first = list(given.get("first"));
    List<List<Long>> last = list(given.get("last"));
    for (int i = 0; i < first.size(); i++) {
      assertThat(place(space, order.row(i))).as("%s: %s", given, i).isEqualTo(first.get(i));
    }
    for (int i = 0; i < last.size(); i++) {
      long position = order.samples() - last.size() + i;
      assertThat(place(space, order.row(position))).as("%s: end", given).isEqualTo(last.get(i));
    }
    return order;
  }

  private static List<Long> place(SampleSpace space, long row) {
    int fragment = space.fragment(row);
    return List.of((long) fragment, row - space.firstRow(fragment));
  }

  private static List<FragmentRows> fragments(Map<String, Object> given) {
    List<FragmentRows> fragments = new ArrayList<>();
    List<Map<String, Object>> all = list(given.get("fragments"));
    for (Map<String, Object> fragment : all) {
      Set<Long> deleted = new HashSet<>(list(fragment.get("deleted")));
      fragments.add(
          Shapes.fragment(number(fragment, "rows"), number(fragment, "chunkSamples"), deleted));
    }
    return fragments;
  }

  private static List<MixSegment> segments(Map<String, Object> given) {
    List<Map<String, Object>> segments = list(given.get("segments"));
    return segments.stream()
        .map(segment -> new MixSegment(number(segment, "start"), list(segment.get("weights"))))
        .toList();
  }

  private static Map<String, Object> vectors() throws IOException {
    return JsonTree.object(Files.readString(VECTORS));
  }

  private static long number(Map<String, Object> given, String member) {
    return (Long) given.get(member);
  }

  private static long hexadecimal(Object text) {
    return Long.parseUnsignedLong(text.toString(), 16);
  }

  @SuppressWarnings("unchecked")
  private static <T> List<T> list(Object value) {
    return (List<T>) value;
  }
}
