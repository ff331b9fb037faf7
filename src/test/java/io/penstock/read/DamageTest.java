package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.format.ObjectKeys;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.Order;
import io.penstock.read.ReadEngine.Problem;
import io.penstock.store.MemoryStore;
import io.penstock.store.ObjectInfo;
import io.penstock.store.PutCondition;
import io.penstock.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Damage anywhere in the data: reads of the samples that it touches fail, in the words of verify,
/// and nothing else does.
class DamageTest {
  private static final int ROWS = 90;
  private static final List<String> TENSORS = WrittenVersion.TENSORS;
  private final MemoryStore whole = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
  private final CodecThreads threads = new CodecThreads(2);
  private final BufferPool pool = BufferPool.create(32 << 20);
  private final WrittenVersion version = new WrittenVersion(Shape.of(40, 40), 20_000);
  private Random random = new Random();

  enum Damage {
    FLIP,
    TRUNCATE,
    REMOVE
  }

  @BeforeEach
  void write() {
    long seed = random.nextLong();
    System.out.println("DamageTest seed " + seed);
    random = new Random(seed);
    for (int fragment = 0; fragment < 2; fragment++) {
      version.fragment(whole, random, ROWS, 16, "zstd:3", 64 << 10);
    }
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(pool.usedBytes()).isZero();
    threads.close();
    pool.close();
  }

  private MemoryStore copy() {
    MemoryStore copy = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
    for (ObjectInfo info : whole.list("", "", 1000).objects()) {
      put(copy, info.key(), whole.get(info.key(), 1 << 30).orElseThrow().content());
    }
    return copy;
  }

  private static void put(MemoryStore store, String key, byte[] content) {
    store.put(key, MemorySegment.ofArray(content), PutCondition.NONE);
  }

  private ReadEngine engine(MemoryStore store) {
    return new ReadEngine(store, version.content(), new ReadEngine.Parts(pool, threads));
  }

  private String randomShard() {
    List<String> keys =
        whole.list("", "", 1000).objects().stream()
            .map(ObjectInfo::key)
            .filter(key -> key.contains("/c/"))
            .toList();
    return keys.get(random.nextInt(keys.size()));
  }

  private void damage(MemoryStore store, String key, Damage damage) {
    byte[] content = store.get(key, 1 << 30).orElseThrow().content();
    int at = random.nextInt(content.length);
    switch (damage) {
      case FLIP -> {
        content[at] ^= (byte) (1 << random.nextInt(8));
        put(store, key, content);
      }
      case TRUNCATE -> put(store, key, Arrays.copyOf(content, at));
      case REMOVE -> store.delete(key);
    }
  }

  @ParameterizedTest
  @EnumSource(Damage.class)
  void onlySamplesThatItTouchesFail_inTheWordsOfVerify(Damage damage) {
    for (int trial = 0; trial < 8; trial++) {
      MemoryStore store = copy();
      String key = randomShard();
      damage(store, key, damage);
      try (ReadEngine engine = engine(store)) {
        List<Problem> problems = new ArrayList<>();
        engine.verify(1, problems::add);
        assertThat(problems).as(damage + " of " + key).isNotEmpty();
        assertThat(problems).allSatisfy(each -> assertThat(each.object()).isEqualTo(key));
        for (String tensor : TENSORS) {
          boolean[] damaged = readOneByOne(engine, tensor, key);
          checkProblems(engine, tensor, problems, damaged);
          checkLoader(engine, tensor, damaged);
        }
      }
    }
  }

  /// Which samples fail, each read alone.
  private boolean[] readOneByOne(ReadEngine engine, String tensor, String key) {
    boolean[] damaged = new boolean[2 * ROWS];
    for (int position = 0; position < damaged.length; position++) {
      try {
        assertThat(read(engine, tensor, position)).isEqualTo(version.sample(tensor, position));
      } catch (CorruptDataException e) {
        damaged[position] = true;
        assertThat(e.object()).isEqualTo(key);
        assertThat(e.tensor()).isEqualTo(tensor);
        assertThat((long) position).isBetween(e.fromSample(), e.toSample() - 1);
      }
    }
    return damaged;
  }

  private byte[] read(ReadEngine engine, String tensor, long... positions) {
    int bytes = 0;
    for (long position : positions) {
      bytes += version.sample(tensor, position).length;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(bytes);
      if (tensor.equals("text")) {
        engine.readRagged(tensor, positions, target);
      } else {
        engine.read(tensor, positions, target);
      }
      return target.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private void checkProblems(
      ReadEngine engine, String tensor, List<Problem> problems, boolean[] damaged) {
    boolean[] reported = new boolean[damaged.length];
    for (Problem problem : problems) {
      if (problem.tensor().equals(tensor) && problem.fromSample() >= 0) {
        Arrays.fill(reported, (int) problem.fromSample(), (int) problem.toSample(), true);
      }
    }
    for (int position = 0; position < damaged.length; position++) {
      if (damaged[position]) {
        assertThat(reported[position]).as(tensor + " " + position).isTrue();
        int at = position;
        if (!tensor.equals("text")) {
          assertThatThrownBy(() -> read(engine, tensor, at))
              .satisfies(
                  e -> assertThat(problems).extracting(Problem::message).contains(e.getMessage()));
        }
      }
    }
  }

  private void checkLoader(ReadEngine engine, String tensor, boolean[] damaged) {
    LoaderOptions options = LoaderOptions.of(List.of(tensor), 7, Order.sequential());
    try (Loader loader = engine.loader(options)) {
      for (int from = 0; from < damaged.length; from += 7) {
        int to = Math.min(damaged.length, from + 7);
        boolean bad = false;
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        for (int position = from; position < to; position++) {
          bad |= damaged[position];
          expected.writeBytes(version.sample(tensor, position));
        }
        if (bad) {
          assertThatThrownBy(loader::next).isInstanceOf(CorruptDataException.class);
        } else {
          try (Batch batch = loader.next().orElseThrow()) {
            assertThat(batch.tensor(tensor).segment().toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(expected.toByteArray());
          }
        }
      }
      assertThat(loader.next()).isEmpty();
    }
  }

  @Test
  void readsGoOn_whenACatalogIsDamagedOrGone() {
    for (Damage damage : Damage.values()) {
      MemoryStore store = copy();
      for (String tensor : TENSORS) {
        damage(store, ObjectKeys.catalog("fragment1", tensor), damage);
      }
      try (ReadEngine engine = engine(store)) {
        for (String tensor : TENSORS) {
          assertThat(readOneByOne(engine, tensor, "none")).containsOnly(false);
        }
        List<Problem> problems = new ArrayList<>();
        engine.verify(1, problems::add);
        assertThat(problems)
            .extracting(Problem::object)
            .containsExactlyInAnyOrderElementsOf(
                TENSORS.stream().map(tensor -> ObjectKeys.catalog("fragment1", tensor)).toList());
      }
    }
  }

  @Test
  void readFailsAsReplaced_whenAShardChangesUnderAReader() {
    MemoryStore store = copy();
    String key = ObjectKeys.shard("fragment0", "image", 0, 0, 0);
    try (ReadEngine engine = engine(store)) {
      read(engine, "image", 0);
      put(store, key, store.get(key, 1 << 30).orElseThrow().content());
      assertThatThrownBy(() -> read(engine, "image", 0))
          .hasMessageContaining("was replaced")
          .isInstanceOfSatisfying(
              io.penstock.error.ConflictException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.PRECONDITION_FAILED));
    }
  }
}
