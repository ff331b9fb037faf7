package io.penstock.read;

import io.penstock.error.PenstockException;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A chunk of a tensor of fixed shape, in a group of samples.
final class FixedPart extends Part {
  /*
   * Mostly a chunk has whole samples. Samples that are cut on their own axes are put together box by
   * box. Uses come in the order of the batches, so what goes to one batch stands together: the batch
   * is told once.
   */
  private final Group group;
  private final int number;
  private final long firstRow; // of the chunk, counted in the group; may be negative
  private final long rows;
  private final long sampleBytes;
  private final @Nullable InnerBox box;

  FixedPart(Group group, Column column, ChunkRead chunk, long firstRowOfGroup) {
    super(group, column, chunk);
    this.group = group;
    StoredArray array = chunk.array();
    this.number = column.number();
    long origin = array.chunkOrigin(chunk.chunk(), 0);
    this.firstRow = origin - firstRowOfGroup;
    this.rows = Math.min(array.chunkLength(0), array.length(0) - origin);
    this.sampleBytes = column.sampleBytes();
    this.box = InnerBox.of(array, chunk.chunk());
  }

  private boolean has(int use) {
    int row = group.row(use);
    return row >= firstRow && row < firstRow + rows;
  }

  @Override
  @Nullable MemorySegment wholeTarget() {
    long all = chunk().array().chunkLength(0);
    if (box != null || rows < all || group.uses() < all || firstRow < 0) {
      return null;
    }
    int first = 0;
    while (first < group.uses() && group.row(first) != firstRow) {
      first++;
    }
    if (first + all > group.uses() || run(first) < all) {
      return null;
    }
    int inside = 0;
    for (int use = 0; use < group.uses(); use++) {
      inside += has(use) ? 1 : 0;
    }
    return inside > all
        ? null
        : group
            .batch(first)
            .segment(number)
            .asSlice(group.slot(first) * sampleBytes, all * sampleBytes);
  }

  /// How many uses from one on are rows of the chunk in a row that go to places in a row of one
  /// batch.
  private int run(int first) {
    BatchAssembly batch = group.batch(first);
    int run = 1;
    while (first + run < group.uses()
        && group.batch(first + run) == batch
        && group.slot(first + run) == group.slot(first) + run
        && group.row(first + run) == group.row(first) + run
        && has(first + run)) {
      run++;
    }
    return run;
  }

  @Override
  void settle(MemorySegment whole, Consumer<BatchAssembly> onDone) {
    int first = 0;
    while (!has(first)) {
      first++;
    }
    arrived(group.batch(first), whole.byteSize(), onDone);
  }

  @Override
  void scatter(MemorySegment decoded, Consumer<BatchAssembly> onDone) {
    BatchAssembly batch = null;
    long bytes = 0;
    for (int use = 0; use < group.uses(); ) {
      if (!has(use)) {
        use++;
        continue;
      }
      if (batch != group.batch(use)) {
        arrived(batch, bytes, onDone);
        batch = group.batch(use);
        bytes = 0;
      }
      MemorySegment target = batch.segment(number);
      long row = group.row(use) - firstRow;
      if (box == null) {
        int run = run(use);
        MemorySegment.copy(
            decoded, row * sampleBytes, target, group.slot(use) * sampleBytes, run * sampleBytes);
        bytes += run * sampleBytes;
        use += run;
      } else {
        box.copy(row, 1, group.slot(use)).apply(decoded, target);
        bytes += box.bytes();
        use++;
      }
    }
    arrived(batch, bytes, onDone);
  }

  @Override
  void fail(PenstockException problem, Consumer<BatchAssembly> onDone) {
    long each = box == null ? sampleBytes : box.bytes();
    for (int use = 0; use < group.uses(); use++) {
      if (has(use)) {
        group.batch(use).failed(group.slot(use), problem);
        arrived(group.batch(use), each, onDone);
      }
    }
  }

  private static void arrived(
      @Nullable BatchAssembly batch, long bytes, Consumer<BatchAssembly> onDone) {
    if (batch != null && batch.arrived(bytes)) {
      onDone.accept(batch);
    }
  }
}
