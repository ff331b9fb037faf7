package io.penstock.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Question: what does it save to sum a range of 8 MiB piece by piece as it lands, while the piece
/// is in the cache, instead of at its end? Landing is a copy out of a small buffer, as a socket's
/// read is; the ranges are spread over 256 MiB, so that none is in the cache from the last time.
///
/// Controls: the landing alone; the sum alone, of what is not in the cache.
///
/// Command: `mvn -Pjmh verify -Djmh.args='ChecksumBenchmark'`
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ChecksumBenchmark {
  private static final int RANGE_BYTES = 8 << 20;
  private static final int RANGES = 32;

  /// Bytes of a piece.
  @Param({"65536", "262144", "1048576"})
  public int pieceBytes = 65_536;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory = arena.allocate((long) RANGES * RANGE_BYTES, 1 << 21);
  private final MemorySegment arriving = arena.allocate(1 << 20, 4096);
  private int next;

  /// Frees everything.
  @TearDown
  public void close() {
    arena.close();
  }

  private MemorySegment range() {
    next = (next + 1) % RANGES;
    return memory.asSlice((long) next * RANGE_BYTES, RANGE_BYTES);
  }

  private void land(MemorySegment range, long at) {
    MemorySegment.copy(arriving, 0, range, at, pieceBytes);
  }

  /// Each piece is summed when it has landed.
  @Benchmark
  public long eachPiece() {
    MemorySegment range = range();
    CRC32C crc = new CRC32C();
    for (long at = 0; at < RANGE_BYTES; at += pieceBytes) {
      land(range, at);
      crc.update(range.asSlice(at, pieceBytes).asByteBuffer());
    }
    return crc.getValue();
  }

  /// The range is summed when all of it has landed.
  @Benchmark
  public long atTheEnd() {
    MemorySegment range = range();
    CRC32C crc = new CRC32C();
    for (long at = 0; at < RANGE_BYTES; at += pieceBytes) {
      land(range, at);
    }
    crc.update(range.asByteBuffer());
    return crc.getValue();
  }

  /// The first control.
  @Benchmark
  public MemorySegment landing() {
    MemorySegment range = range();
    for (long at = 0; at < RANGE_BYTES; at += pieceBytes) {
      land(range, at);
    }
    return range;
  }

  /// The second control.
  @Benchmark
  public long sum() {
    CRC32C crc = new CRC32C();
    crc.update(range().asByteBuffer());
    return crc.getValue();
  }
}
