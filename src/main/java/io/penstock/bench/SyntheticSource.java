package io.penstock.bench;

import io.penstock.convert.Column;
import io.penstock.convert.SampleSource;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.TensorSpec;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Made-up pictures and labels: `image` (uint8: waves of a random slope, phase and colour, with
/// noise in the two low bits of each element) and `label` (int64). A pure function of seed and
/// position. Quick to make, so that writing is what a bench measures.
public final class SyntheticSource implements SampleSource {
  private static final long CLASSES = 1000;
  private static final int DRAWINGS = 16;
  private static final long NOISE = 0x0303_0303_0303_0303L;

  private final Shape shape;
  private final long count;
  private final long seed;
  private final List<MemorySegment> drawings;
  private long next;

  /// A source of so many pictures.
  ///
  /// @param shape of one picture, height and width and, if wanted, channels
  public SyntheticSource(Shape shape, long count, long seed) {
    if (shape.rank() < 2 || shape.ragged() || count < 1) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          count + " pictures of shape " + shape + ": at least one, of height and width, is needed");
    }
    this.shape = shape;
    this.count = count;
    this.seed = seed;
    SplittableRandom random = new SplittableRandom(seed);
    this.drawings = Stream.generate(() -> drawing(random)).limit(DRAWINGS).toList();
  }

  @Override
  public String origin() {
    return count + " made-up pictures of shape " + shape + ", seed " + seed;
  }

  @Override
  public List<TensorSpec> tensors() {
    return List.of(
        TensorSpec.of("image", DataType.UINT8, shape),
        TensorSpec.of("label", DataType.INT64, Shape.SCALAR));
  }

  @Override
  public OptionalLong samples() {
    return OptionalLong.of(count);
  }

  @Override
  public int fitting(long maxBytes) {
    long fits = Math.max(1, maxBytes / (shape.elements() + Long.BYTES));
    return (int) Math.min(Math.min(fits, 1 << 20), count - next);
  }

  @Override
  public List<Column> read(int samples, SegmentAllocator memory) {
    MemorySegment images = memory.allocate(shape.elements() * samples, 8);
    MemorySegment labels = memory.allocate(ValueLayout.JAVA_LONG, samples);
    for (int i = 0; i < samples; i++) {
      SplittableRandom random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + next);
      draw(images.asSlice(i * shape.elements(), shape.elements()), random);
      labels.setAtIndex(ValueLayout.JAVA_LONG, i, random.nextLong(CLASSES));
      next++;
    }
    return List.of(new Column.Fixed(images), new Column.Fixed(labels));
  }

  /// A drawing with other noise on it, eight elements at a time.
  private void draw(MemorySegment image, SplittableRandom random) {
    MemorySegment drawing = drawings.get(random.nextInt(DRAWINGS));
    long at = 0;
    for (; at <= image.byteSize() - Long.BYTES; at += Long.BYTES) {
      long pixels = drawing.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
      image.set(ValueLayout.JAVA_LONG_UNALIGNED, at, pixels ^ (random.nextLong() & NOISE));
    }
    for (; at < image.byteSize(); at++) {
      image.set(ValueLayout.JAVA_BYTE, at, drawing.get(ValueLayout.JAVA_BYTE, at));
    }
  }

  /// Waves of one slope and phase, in colours.
  private MemorySegment drawing(SplittableRandom random) {
    byte[] drawing = new byte[Math.toIntExact(shape.elements())];
    long rowElements = shape.productFrom(1);
    long channels = shape.productFrom(2);
    int slopeX = random.nextInt(1, 5);
    int slopeY = random.nextInt(-4, 5);
    int phase = random.nextInt(256);
    for (int at = 0; at < drawing.length; at++) {
      long y = at / rowElements;
      long x = at % rowElements / channels;
      long wave = x * slopeX / 2 + y * slopeY / 2 + phase + 40 * (at % channels);
      drawing[at] = (byte) Math.abs(wave % 510 - 255);
    }
    return MemorySegment.ofArray(drawing);
  }

  @Override
  public void close() {}
}
