package io.penstock;

import io.penstock.load.Loader;
import io.penstock.store.Store;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Region;
import io.penstock.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/// A dataset of one tensor in one chunk, random by a seed that it prints, and the ways to read it.
/// Owns its store.
public final class OneChunk implements AutoCloseable {
  private static final long SEED = Long.getLong("penstock.seed", 20261121);
  private static final int ROWS = 40;
  private static final Shape SAMPLE = Shape.of(8, 8);

  private final byte[] pixels = new byte[Math.toIntExact(ROWS * SAMPLE.elements())];
  private final Penstock penstock = Penstock.builder().memory(64 << 20).threads(2).build();
  private final Dataset dataset;

  /// Writes it.
  public OneChunk(Store store) {
    System.out.println("OneChunk: penstock.seed=" + SEED);
    new Random(SEED).nextBytes(pixels);
    dataset = penstock.create(store);
    try (DatasetWriter writer =
        dataset
            .writer()
            .tensor("pixels", DataType.UINT8, SAMPLE)
            .chunkSamples(ROWS)
            .codec("zstd:3")
            .open()) {
      writer.append(Samples.of(ROWS).with("pixels", pixels));
      writer.commit("one chunk");
    }
  }

  /// What was written.
  public byte[] pixels() {
    return pixels.clone();
  }

  /// Reads the tensor.
  public byte[] readTensor() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(pixels.length, 64);
      dataset.version().tensor("pixels").read(Region.samples(0, ROWS, SAMPLE), target);
      return target.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /// Gives all of it as one batch, in the order in which it was written.
  public Loader loader() {
    return dataset.version().loader().tensors("pixels").sequential().batchSize(ROWS).build();
  }

  @Override
  public void close() {
    dataset.close();
    penstock.close();
  }
}
