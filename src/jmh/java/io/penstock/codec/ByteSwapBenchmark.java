package io.penstock.codec;

import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Question: does reading big-endian elements run at the speed of memory? A chunk has 1 MiB.
///
/// Controls: a plain copy, and a loop over the elements that the compiler may turn into vectors.
///
/// Command: `mvn -Pjmh verify -Djmh.args='ByteSwapBenchmark'`
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class ByteSwapBenchmark {
  private static final int CHUNK_BYTES = 1 << 20;

  /// Type of the elements.
  @Param({"INT16", "FLOAT32", "FLOAT64"})
  public DataType type = DataType.INT16;

  private final CodecContext context = new CodecContext();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment source = arena.allocate(CHUNK_BYTES, 64);
  private final MemorySegment target = arena.allocate(CHUNK_BYTES, 64);
  private ChunkCodec codec = bind(DataType.INT16);

  /// Binds the codec.
  @Setup
  public void prepare() {
    codec = bind(type);
  }

  /// Frees everything.
  @TearDown
  public void close() {
    context.close();
    arena.close();
  }

  /// The codec.
  @Benchmark
  public void decode() {
    codec.decode(source, target, context);
  }

  /// The control: as many bytes, not swapped.
  @Benchmark
  public void copy() {
    target.copyFrom(source);
  }

  /// The control: a loop.
  @Benchmark
  public void loop() {
    switch (type.byteCount()) {
      case 2 -> {
        for (long at = 0; at < CHUNK_BYTES; at += 2) {
          short value = source.get(ValueLayout.JAVA_SHORT_UNALIGNED, at);
          target.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Short.reverseBytes(value));
        }
      }
      case 4 -> {
        for (long at = 0; at < CHUNK_BYTES; at += 4) {
          int value = source.get(ValueLayout.JAVA_INT_UNALIGNED, at);
          target.set(ValueLayout.JAVA_INT_UNALIGNED, at, Integer.reverseBytes(value));
        }
      }
      case 8 -> {
        for (long at = 0; at < CHUNK_BYTES; at += 8) {
          long value = source.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
          target.set(ValueLayout.JAVA_LONG_UNALIGNED, at, Long.reverseBytes(value));
        }
      }
      default -> throw new IllegalStateException(type.toString());
    }
  }

  private static ChunkCodec bind(DataType type) {
    return CodecChain.of(new BytesCodec(BytesCodec.Endian.BIG))
        .bind(type, Shape.of(CHUNK_BYTES / type.byteCount()));
  }
}
