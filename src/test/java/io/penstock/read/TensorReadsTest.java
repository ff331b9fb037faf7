package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.format.ArrayLayout;
import io.penstock.format.Layout;
import io.penstock.format.TensorLayout;
import io.penstock.format.TensorSpec;
import io.penstock.store.MemoryStore;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Region;
import io.penstock.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorReadsTest {
  private final MemoryStore store = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
  private final CodecThreads threads = new CodecThreads(2);

  @AfterEach
  void closeThreads() {
    threads.close();
  }

  private static Random seeded() {
    long seed = new Random().nextLong();
    System.out.println("TensorReadsTest seed " + seed);
    return new Random(seed);
  }

  private ReadEngine engine(HandBuilt version, BufferPool pool) {
    return new ReadEngine(store, version.content(), new ReadEngine.Parts(pool, threads));
  }

  /// A layout that cuts a tensor on all axes, at random.
  private static TensorLayout.Fixed randomFixed(TensorSpec spec, Random random) {
    Shape sample = spec.sampleShape();
    long[] chunk = new long[sample.rank() + 1];
    long[] shard = new long[sample.rank() + 1];
    for (int axis = 0; axis < chunk.length; axis++) {
      long length = axis == 0 ? 6 : sample.dimension(axis - 1);
      chunk[axis] = 1 + random.nextLong(length);
      shard[axis] = chunk[axis] * (1 + random.nextInt(3));
    }
    return new TensorLayout.Fixed(
        spec.name(),
        new ArrayLayout(
            spec.name(),
            spec.type(),
            sample,
            Shape.of(chunk),
            Shape.of(shard),
            HandBuilt.codecs(spec.type(), random.nextBoolean())));
  }

  private static TensorLayout.Ragged randomRagged(TensorSpec spec, Random random) {
    return HandBuilt.ragged(spec, 4L << random.nextInt(4), random.nextBoolean());
  }

  private HandBuilt randomFixedVersion(DataType type, Shape sample, Random random) {
    HandBuilt version = new HandBuilt(store, random);
    TensorSpec spec = TensorSpec.of("x", type, sample);
    version.tensor(spec);
    int fragments = 1 + random.nextInt(4);
    for (int i = 0; i < fragments; i++) {
      version.fragment(1 + random.nextInt(20), new Layout(4, List.of(randomFixed(spec, random))));
    }
    return version;
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void regionsAndPositionsAreThoseWritten_forEveryType(DataType type) {
    Random random = seeded();
    HandBuilt version = randomFixedVersion(type, Shape.of(3, 4), random);
    try (BufferPool pool = BufferPool.create(4 << 20);
        ReadEngine engine = engine(version, pool)) {
      for (int i = 0; i < 20; i++) {
        checkRegion(engine, version, randomRegion(version, Shape.of(3, 4), random));
        checkPositions(engine, version, randomPositions(version, random));
      }
      assertThat(pool.usedBytes()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void regionsAreThoseWritten_forEveryRank(int rank) {
    Random random = seeded();
    long[] dimensions = new long[rank];
    for (int axis = 0; axis < rank; axis++) {
      dimensions[axis] = 1L + random.nextInt(6);
    }
    Shape sample = Shape.of(dimensions);
    HandBuilt version = randomFixedVersion(DataType.UINT16, sample, random);
    try (BufferPool pool = BufferPool.create(4 << 20);
        ReadEngine engine = engine(version, pool)) {
      for (int i = 0; i < 50; i++) {
        checkRegion(engine, version, randomRegion(version, sample, random));
        checkPositions(engine, version, randomPositions(version, random));
      }
      checkRegion(engine, version, Region.all(sample.prepend(version.samples())));
      assertThat(pool.usedBytes()).isZero();
    }
  }

  private static Region randomRegion(HandBuilt version, Shape sample, Random random) {
    long[] origin = new long[sample.rank() + 1];
    long[] extent = new long[sample.rank() + 1];
    for (int axis = 0; axis < origin.length; axis++) {
      long length = axis == 0 ? version.samples() : sample.dimension(axis - 1);
      origin[axis] = random.nextLong(length);
      extent[axis] = random.nextLong(length - origin[axis] + 1);
    }
    return new Region(Shape.of(origin), Shape.of(extent));
  }

  private static long[] randomPositions(HandBuilt version, Random random) {
    return random.longs(random.nextInt(30), 0, version.samples()).toArray();
  }

  private static void checkRegion(ReadEngine engine, HandBuilt version, Region region) {
    DataType type = version.content().schema().tensors().getFirst().type();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(region.shape().bytes(type));
      target.fill((byte) 0x77);
      engine.read("x", region, target);
      assertThat(target.toArray(ValueLayout.JAVA_BYTE))
          .as(region.toString())
          .isEqualTo(expected(version, region, type.byteCount()));
    }
  }

  /// Element by element.
  private static byte[] expected(HandBuilt version, Region region, int elementBytes) {
    Shape extent = region.shape();
    byte[] bytes = new byte[Math.toIntExact(extent.elements() * elementBytes)];
    for (int element = 0; element < bytes.length / elementBytes; element++) {
      long rest = element;
      long[] at = new long[extent.rank()];
      for (int axis = extent.rank() - 1; axis >= 0; axis--) {
        at[axis] = region.origin().dimension(axis) + rest % extent.dimension(axis);
        rest /= extent.dimension(axis);
      }
      Shape sample = version.shapes.getFirst().getFirst();
      long index = 0;
      for (int axis = 1; axis < at.length; axis++) {
        index = index * sample.dimension(axis - 1) + at[axis];
      }
      System.arraycopy(
          version.samples.getFirst().get((int) at[0]),
          Math.toIntExact(index * elementBytes),
          bytes,
          element * elementBytes,
          elementBytes);
    }
    return bytes;
  }

  private static void checkPositions(ReadEngine engine, HandBuilt version, long[] positions) {
    byte[] expected = joined(version, 0, positions);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(expected.length);
      engine.read("x", positions, target);
      assertThat(target.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
    }
  }

  private static byte[] joined(HandBuilt version, int tensor, long[] positions) {
    java.io.ByteArrayOutputStream joined = new java.io.ByteArrayOutputStream();
    for (long position : positions) {
      joined.writeBytes(version.samples.get(tensor).get((int) position));
    }
    return joined.toByteArray();
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"UINT8", "INT64", "FLOAT16", "COMPLEX128"})
  void raggedSamplesAreThoseWritten_alsoAcrossChunksAndShards(DataType type) {
    Random random = seeded();
    for (Shape sample : List.of(Shape.of(-1), Shape.of(-1, 3), Shape.of(-1, 2, -1))) {
      MemoryStore own = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
      HandBuilt version = new HandBuilt(own, random);
      TensorSpec spec = TensorSpec.of("x", type, sample);
      version.tensor(spec);
      for (int i = 0; i < 3; i++) {
        version.fragment(
            1 + random.nextInt(30), new Layout(4, List.of(randomRagged(spec, random))));
      }
      try (BufferPool pool = BufferPool.create(4 << 20);
          ReadEngine engine =
              new ReadEngine(own, version.content(), new ReadEngine.Parts(pool, threads))) {
        for (int i = 0; i < 30; i++) {
          checkRagged(engine, version, randomPositions(version, random));
        }
        assertThat(pool.usedBytes()).isZero();
      }
    }
  }

  private static void checkRagged(ReadEngine engine, HandBuilt version, long[] positions) {
    byte[] expected = joined(version, 0, positions);
    List<Shape> shapes = new ArrayList<>();
    for (long position : positions) {
      shapes.add(version.shapes.getFirst().get((int) position));
    }
    assertThat(engine.raggedShapes("x", positions)).containsExactlyElementsOf(shapes);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(expected.length);
      engine.readRagged("x", positions, target);
      assertThat(target.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
    }
  }

  @Test
  void readIsRefused_whenItsArgumentsDoNotFit() {
    Random random = seeded();
    HandBuilt version = randomFixedVersion(DataType.INT32, Shape.of(2), random);
    try (BufferPool pool = BufferPool.create(4 << 20);
        ReadEngine engine = engine(version, pool);
        Arena arena = Arena.ofConfined()) {
      MemorySegment eight = arena.allocate(8);
      Region one = Region.samples(0, 1, Shape.of(2));
      engine.read("x", one, eight);
      assertCode(ErrorCode.TENSOR_NOT_FOUND, () -> engine.read("y", one, eight));
      assertCode(ErrorCode.INVALID_ARGUMENT, () -> engine.raggedShapes("x", new long[] {0}));
      assertCode(ErrorCode.INVALID_ARGUMENT, () -> engine.read("x", one, eight.asSlice(1)));
      assertCode(ErrorCode.INVALID_ARGUMENT, () -> engine.read("x", one, eight.asReadOnly()));
      assertCode(
          ErrorCode.INVALID_ARGUMENT,
          () -> engine.read("x", one, MemorySegment.ofArray(new byte[8])));
      assertCode(
          ErrorCode.INVALID_ARGUMENT,
          () -> engine.read("x", new long[] {version.samples()}, eight));
      assertCode(ErrorCode.INVALID_ARGUMENT, () -> engine.read("x", new long[] {-1}, eight));
      assertCode(
          ErrorCode.INVALID_ARGUMENT,
          () ->
              engine.read(
                  "x",
                  Region.samples(version.samples(), version.samples() + 1, Shape.of(2)),
                  eight));
    }
  }

  private static void assertCode(ErrorCode code, Runnable action) {
    assertThatThrownBy(action::run)
        .isInstanceOfSatisfying(PenstockException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
