package io.penstock.codec;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Question: what does a chunk codec cost beyond zstd itself? A chunk is 64 images of 64×64×3 bytes
/// (768 KiB): gradients in steps of 8 and two bits of noise, which zstd 3 makes a quarter shorter.
///
/// Control: zstd-jni called bare on the same frames, between direct buffers, with its contexts
/// kept, and no checksum. The difference is the checksum over the encoded bytes and the slices;
/// nothing is copied, so it must stay within a few percent, with less than a kilobyte of heap for
/// each chunk.
///
/// Command: `mvn -Pjmh verify -Djmh.args='ChunkCodecBenchmark -prof gc'`
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ChunkCodecBenchmark {
  private static final int LEVEL = 3;
  private static final int IMAGES = 64;
  private static final int SIDE = 64;
  private static final int COLOURS = 3;

  /// So many that neither side of a decode is in a second-level cache when its turn comes.
  private static final int CHUNKS = 16;

  private final CodecContext context = new CodecContext();
  private final ZstdCompressCtx compressor = new ZstdCompressCtx().setLevel(LEVEL);
  private final ZstdDecompressCtx decompressor = new ZstdDecompressCtx();
  private final Arena arena = Arena.ofShared();
  private final ChunkCodec codec =
      new CodecChoice.Zstd(LEVEL)
          .chain(DataType.UINT8, List.of(), context)
          .bind(DataType.UINT8, Shape.of(IMAGES, SIDE, SIDE, COLOURS));

  private final MemorySegment[] plain = new MemorySegment[CHUNKS];
  private final MemorySegment[] encoded = new MemorySegment[CHUNKS];
  private final ByteBuffer[] plainBuffers = new ByteBuffer[CHUNKS];
  private final ByteBuffer[] frames = new ByteBuffer[CHUNKS];
  private MemorySegment target = MemorySegment.NULL;
  private ByteBuffer targetBuffer = target.asByteBuffer();
  private int next;

  /// Makes the chunks and encodes them.
  @Setup
  public void prepare() {
    target = arena.allocate(codec.maxEncodedBytes(), 64);
    targetBuffer = target.asByteBuffer();
    long stored = 0;
    for (int i = 0; i < CHUNKS; i++) {
      plain[i] = images(i);
      plainBuffers[i] = plain[i].asByteBuffer();
      long bytes = codec.encode(plain[i], target, context);
      encoded[i] = arena.allocate(bytes, 64).copyFrom(target.asSlice(0, bytes));
      frames[i] = encoded[i].asSlice(0, bytes - Integer.BYTES).asByteBuffer();
      stored += bytes;
    }
    System.out.printf(Locale.ROOT, "ratio %.2f%n", (double) CHUNKS * codec.decodedBytes() / stored);
  }

  /// Frees everything.
  @TearDown
  public void close() {
    context.close();
    compressor.close();
    decompressor.close();
    arena.close();
  }

  /// The codec: checksum and decompression.
  @Benchmark
  public void decode() {
    codec.decode(encoded[turn()], target.asSlice(0, codec.decodedBytes()), context);
  }

  /// The control of `decode`.
  @Benchmark
  public int decodeWithZstdAlone() {
    ByteBuffer frame = frames[turn()];
    return decompressor.decompressDirectByteBuffer(
        targetBuffer, 0, (int) codec.decodedBytes(), frame, 0, frame.capacity());
  }

  /// The codec: compression and checksum.
  @Benchmark
  public long encode() {
    return codec.encode(plain[turn()], target, context);
  }

  /// The control of `encode`.
  @Benchmark
  public int encodeWithZstdAlone() {
    ByteBuffer source = plainBuffers[turn()];
    return compressor.compressDirectByteBuffer(
        targetBuffer, 0, targetBuffer.capacity(), source, 0, source.capacity());
  }

  private int turn() {
    next = (next + 1) % CHUNKS;
    return next;
  }

  private MemorySegment images(long seed) {
    Random random = new Random(seed);
    MemorySegment segment = arena.allocate(codec.decodedBytes(), 64);
    long at = 0;
    for (int image = 0; image < IMAGES; image++) {
      double[][] slopes = new double[COLOURS][3];
      for (double[] slope : slopes) {
        for (int i = 0; i < slope.length; i++) {
          slope[i] = random.nextDouble(-2, 2);
        }
      }
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          for (double[] slope : slopes) {
            double value = 128 + slope[0] * (x - 32) + slope[1] * (y - 32) + 20 * slope[2];
            int step = (int) Math.floor(value / 8) * 8 + random.nextInt(4);
            segment.set(ValueLayout.JAVA_BYTE, at++, (byte) Math.clamp(step, 0, 255));
          }
        }
      }
    }
    return segment;
  }
}
