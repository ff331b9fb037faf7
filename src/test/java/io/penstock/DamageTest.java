package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.penstock.error.CorruptDataException;
import io.penstock.store.MemoryStore;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PutCondition;
import io.penstock.store.StoredObject;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Region;
import io.penstock.tensor.Shape;
import io.penstock.testing.Faults;
import io.penstock.testing.SimulatedWorld;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What happens to a dataset when an object below it is damaged: `verify` finds it and names it,
/// reads of the affected samples fail with the same words, and nothing else fails.
class DamageTest {
  // Specification: V1-CAT-07

  private static final long SEED = Long.getLong("penstock.seed", 20261121);
  private static final int FRAGMENTS = 3;
  private static final int ROWS = 50;
  private static final int FLIPS_PER_OBJECT = 4;

  private final SimulatedWorld world = new SimulatedWorld(SEED);
  private final MemoryStore store = world.objects();
  private final Random random = new Random(SEED);
  private Penstock penstock;
  private byte[] pixels;
  private List<byte[]> texts;

  @BeforeEach
  void writeThreeFragments() {
    System.out.println("DamageTest: penstock.seed=" + SEED);
    penstock = Penstock.builder().memory(64 << 20).threads(2).build();
    pixels = new byte[FRAGMENTS * ROWS * 64];
    random.nextBytes(pixels);
    texts = new ArrayList<>();
    try (Dataset dataset = penstock.create(world.process("writer", Faults.none()))) {
      for (int fragment = 0; fragment < FRAGMENTS; fragment++) {
        writeFragment(dataset, fragment);
      }
    }
  }

  @AfterEach
  void close() {
    penstock.close();
  }

  private void writeFragment(Dataset dataset, int fragment) {
    try (DatasetWriter writer =
        dataset
            .writer()
            .tensor("pixels", DataType.UINT8, Shape.of(8, 8))
            .bytes("text", "application/octet-stream")
            .chunkSamples(7)
            .shardBytes(1024)
            .codec("zstd:3")
            .open()) {
      List<byte[]> own = new ArrayList<>();
      for (int row = 0; row < ROWS; row++) {
        byte[] text = new byte[random.nextInt(200)];
        random.nextBytes(text);
        own.add(text);
      }
      int from = fragment * ROWS * 64;
      writer.append(
          Samples.of(ROWS)
              .with("pixels", Arrays.copyOfRange(pixels, from, from + ROWS * 64))
              .withBytes("text", own));
      writer.commit("fragment " + fragment);
      texts.addAll(own);
    }
  }

  @Test
  void nothingIsReported_whenNothingIsDamaged() {
    assertThat(verify()).isEmpty();
    checkReads(List.of());
  }

  @Test
  void theObjectIsNamedAndOnlyItsSamplesFail_whenABitFlipsInAShard() {
    for (String key : dataObjects()) {
      for (int flip = 0; flip < FLIPS_PER_OBJECT; flip++) {
        byte[] damaged = content(key);
        int bit = random.nextInt(damaged.length * 8);
        damaged[bit / 8] ^= (byte) (1 << bit % 8);
        checkDamage(key, damaged, "bit " + bit + " of " + key);
      }
    }
  }

  @Test
  void theObjectIsNamedAndOnlyItsSamplesFail_whenAShardIsTruncated() {
    for (String key : dataObjects()) {
      byte[] whole = content(key);
      int length = random.nextInt(whole.length);
      checkDamage(key, Arrays.copyOf(whole, length), key + " cut to " + length);
    }
  }

  @Test
  void theObjectIsNamedAndOnlyItsSamplesFail_whenAShardIsGone() {
    for (String key : dataObjects()) {
      checkDamage(key, null, key + " removed");
    }
  }

  @Test
  void theObjectIsNamedAndAllReadsGoOn_whenACatalogOrAnArraysMetadataIsDamaged() {
    for (String key : keys("__penstock/index/")) {
      checkMetadataDamage(key);
    }
    for (String key : keys("")) {
      if (key.endsWith("/zarr.json")) {
        checkMetadataDamage(key);
      }
    }
  }

  @Test
  void theObjectIsNamed_whenARecordOrARefIsDamaged() {
    List<String> metadata = new ArrayList<>(keys("__penstock/branches/"));
    metadata.removeIf(key -> key.endsWith("/hint"));
    metadata.addAll(keys("__penstock/refs/"));
    metadata.add("zarr.json");
    for (String key : metadata) {
      byte[] whole = content(key);
      byte[] damaged = whole.clone();
      int bit = random.nextInt(damaged.length * 8);
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      replace(key, damaged);
      assertThat(complaints()).as("bit %d of %s", bit, key).anyMatch(text -> text.contains(key));
      replace(key, whole);
    }
  }

  /// What opening and verifying have to say.
  private List<String> complaints() {
    try {
      return verify().stream().map(problem -> problem.object() + ": " + problem.message()).toList();
    } catch (CorruptDataException e) {
      return List.of(e.getMessage());
    }
  }

  /// Damages an object that reads can do without.
  private void checkMetadataDamage(String key) {
    byte[] whole = content(key);
    byte[] damaged = whole.clone();
    int bit = random.nextInt(damaged.length * 8);
    damaged[bit / 8] ^= (byte) (1 << bit % 8);
    for (byte[] bytes : new byte[][] {damaged, null}) {
      replace(key, bytes);
      String what = bytes == null ? key + " removed" : "bit " + bit + " of " + key;
      List<Dataset.Problem> problems = verify();
      assertThat(problems).as(what).isNotEmpty();
      assertThat(problems).as(what).allSatisfy(p -> assertThat(p.object()).isEqualTo(key));
      checkReads(List.of());
      replace(key, whole);
    }
  }

  private void checkDamage(String key, byte[] damaged, String what) {
    byte[] whole = content(key);
    replace(key, damaged);
    List<Dataset.Problem> problems = verify();
    assertThat(problems).as(what).isNotEmpty();
    assertThat(problems)
        .as(what)
        .allSatisfy(problem -> {
          assertThat(problem.object()).isEqualTo(key);
          assertThat(key).contains("/" + problem.tensor() + "/");
          assertThat(problem.fromSample()).isNotNegative();
          assertThat(problem.toSample()).isGreaterThan(problem.fromSample());
        });
    checkReads(problems);
    replace(key, whole);
  }

  /// Reads every sample of both tensors alone: those that are not named by a problem must be right;
  /// those that are must be right or fail with the words of a problem, and for each problem in a
  /// chunk at least one read must fail.
  private void checkReads(List<Dataset.Problem> problems) {
    List<String> failures = new ArrayList<>();
    try (Dataset dataset = penstock.open(world.process("reader", Faults.none()));
        Arena arena = Arena.ofConfined()) {
      Version version = dataset.version();
      MemorySegment sample = arena.allocate(64, 64);
      for (int i = 0; i < FRAGMENTS * ROWS; i++) {
        int position = i;
        failureOf(
                "pixels",
                position,
                problems,
                () -> {
                  version
                      .tensor("pixels")
                      .read(Region.samples(position, position + 1, Shape.of(8, 8)), sample);
                  assertThat(sample.toArray(ValueLayout.JAVA_BYTE))
                      .isEqualTo(Arrays.copyOfRange(pixels, position * 64, position * 64 + 64));
                })
            .ifPresent(failures::add);
        failureOf(
                "text",
                position,
                problems,
                () ->
                    assertThat(version.tensor("text").bytes(position))
                        .isEqualTo(texts.get(position)))
            .ifPresent(failures::add);
      }
    }
    for (Dataset.Problem problem : problems) {
      if (!problem.message().contains("index")) {
        assertThat(failures).as("reads for %s", problem).isNotEmpty();
      }
    }
  }

  private static Optional<String> failureOf(
      String tensor, long position, List<Dataset.Problem> problems, Runnable read) {
    CorruptDataException failure = catchThrowableOfType(CorruptDataException.class, read::run);
    if (failure == null) {
      return Optional.empty();
    }
    assertThat(problems)
        .as("%s of sample %d failed: %s", tensor, position, failure.getMessage())
        .anySatisfy(problem -> {
          assertThat(problem.tensor()).isEqualTo(tensor);
          assertThat(position).isBetween(problem.fromSample(), problem.toSample() - 1);
          assertThat(problem.message()).contains(failure.detail());
          assertThat(failure.object()).isEqualTo(problem.object());
        });
    return Optional.of(failure.getMessage());
  }

  private List<Dataset.Problem> verify() {
    List<Dataset.Problem> problems = new ArrayList<>();
    try (Dataset dataset = penstock.open(world.process("reader", Faults.none()))) {
      Dataset.Verification result = dataset.verify(Ref.latest(), 1, problems::add);
      assertThat(result.problems()).isEqualTo(problems.size());
    }
    return problems;
  }

  private List<String> dataObjects() {
    return keys("").stream().filter(key -> key.contains("/c/")).toList();
  }

  private List<String> keys(String prefix) {
    return store.list(prefix, "", 1000).objects().stream().map(ObjectInfo::key).toList();
  }

  private byte[] content(String key) {
    return store.get(key, 1 << 20).map(StoredObject::content).orElseThrow().clone();
  }

  private void replace(String key, byte[] bytes) {
    if (bytes == null) {
      store.delete(key);
    } else {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment body = arena.allocate(Math.max(1, bytes.length), 8);
        MemorySegment.copy(bytes, 0, body, ValueLayout.JAVA_BYTE, 0, bytes.length);
        store.put(key, body.asSlice(0, bytes.length), PutCondition.NONE);
      }
    }
  }
}
