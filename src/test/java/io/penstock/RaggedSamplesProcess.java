package io.penstock;

import io.penstock.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Writes a great many ragged samples of very different lengths into a dataset, reads them all back
/// and compares them; see [RaggedSamplesIT]. Arguments: URI, number of samples, bytes of the memory
/// budget. Prints `equal SAMPLES BYTES`, and what it took.
final class RaggedSamplesProcess {
  private static final long SEED = 42;
  private static final int MOST_BYTES = 256 << 10;
  private static final int LARGE_BYTES = 64 << 20;
  private static final int LARGE_ONES = 10;
  private static final long BATCH_BYTES = 8L << 20;

  private final int count;
  private final int[] lengths;
  private final MemorySegment sample;
  private final MemorySegment batch;

  private RaggedSamplesProcess(int count, Arena arena) {
    this.count = count;
    this.lengths = lengths(count);
    this.sample = arena.allocate(LARGE_BYTES, 64);
    this.batch = arena.allocate(LARGE_BYTES + BATCH_BYTES, 64);
  }

  public static void main(String[] arguments) throws IOException {
    String uri = arguments[0];
    int count = Integer.parseInt(arguments[1]);
    try (Penstock penstock =
            Penstock.builder().memory(Long.parseLong(arguments[2])).threads(2).build();
        Arena arena = Arena.ofConfined()) {
      RaggedSamplesProcess process = new RaggedSamplesProcess(count, arena);
      try (Dataset dataset = penstock.create(uri)) {
        process.write(dataset);
        process.check(dataset.version().tensor("sample"));
      }
    }
    Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM"))
        .forEach(System.out::println);
  }

  /// Log-uniform from 0 to 256 KiB, and ten of 64 MiB spread among them.
  private static int[] lengths(int count) {
    Random random = new Random(SEED);
    int[] lengths = new int[count];
    for (int i = 0; i < count; i++) {
      lengths[i] = (int) Math.expm1(random.nextDouble() * Math.log1p(MOST_BYTES));
    }
    for (int i = 0; i < LARGE_ONES; i++) {
      lengths[(int) ((i + 0.5) * count / LARGE_ONES)] = LARGE_BYTES;
    }
    return lengths;
  }

  private MemorySegment fill(int number) {
    MemorySegment bytes = sample.asSlice(0, lengths[number]);
    long state = SEED + number;
    long at = 0;
    for (; at + Long.BYTES <= bytes.byteSize(); at += Long.BYTES) {
      state = state * 6364136223846793005L + 1442695040888963407L;
      bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, at, state ^ (state >>> 29));
    }
    bytes.asSlice(at).fill((byte) number);
    return bytes;
  }

  private void write(Dataset dataset) {
    try (DatasetWriter writer =
        dataset.writer().bytes("sample", "application/octet-stream").open()) {
      for (int i = 0; i < count; i++) {
        MemorySegment bytes = fill(i);
        writer.append(
            Samples.one().withRagged("sample", bytes, List.of(Shape.of(bytes.byteSize()))));
      }
      writer.commit("ragged samples");
    }
  }

  private void check(Tensor tensor) {
    long checkedBytes = 0;
    for (int from = 0; from < count; ) {
      int to = from;
      long bytes = 0;
      while (to < count && (to == from || bytes + lengths[to] <= BATCH_BYTES)) {
        bytes += lengths[to++];
      }
      checkBatch(tensor, from, to, bytes);
      checkedBytes += bytes;
      from = to;
    }
    System.out.println("equal " + count + " " + checkedBytes);
  }

  private void checkBatch(Tensor tensor, int from, int to, long bytes) {
    long[] positions = new long[to - from];
    Arrays.setAll(positions, i -> from + i);
    Shape[] shapes = tensor.shapes(positions);
    tensor.readRagged(positions, batch.asSlice(0, bytes));
    long at = 0;
    for (int i = 0; i < positions.length; i++) {
      MemorySegment expected = fill(from + i);
      boolean equal =
          shapes[i].equals(Shape.of(expected.byteSize()))
              && batch.asSlice(at, expected.byteSize()).mismatch(expected) < 0;
      if (!equal) {
        throw new AssertionError("sample " + (from + i) + " of " + expected.byteSize() + " bytes");
      }
      at += expected.byteSize();
    }
  }
}
