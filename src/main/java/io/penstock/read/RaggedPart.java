package io.penstock.read;

import io.penstock.error.PenstockException;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A chunk of the values of a ragged tensor, in a group of samples. A sample may have elements in
/// several chunks.
final class RaggedPart extends Part {
  private final Group group;
  private final int number;
  private final long elementBytes;
  private final long firstElement;
  private final long endElement;

  RaggedPart(Group group, Column column, ChunkRead chunk) {
    super(group, column, chunk);
    this.group = group;
    this.number = column.number();
    this.elementBytes = column.elementBytes();
    this.firstElement = chunk.array().chunkOrigin(chunk.chunk(), 0);
    this.endElement = firstElement + chunk.array().chunkLength(0);
  }

  @Override
  @Nullable MemorySegment wholeTarget() {
    return null;
  }

  @Override
  void settle(MemorySegment whole, Consumer<BatchAssembly> onDone) {
    throw new AssertionError("no whole target");
  }

  @Override
  void scatter(MemorySegment decoded, Consumer<BatchAssembly> onDone) {
    for (int use = 0; use < group.uses(); use++) {
      BatchAssembly batch = group.batch(use);
      SampleTable table = batch.table(number);
      int slot = group.slot(use);
      long offset = table.offset(slot);
      long from = Math.max(offset, firstElement);
      long to = Math.min(offset + table.elements(slot), endElement);
      if (from < to) {
        long bytes = (to - from) * elementBytes;
        MemorySegment.copy(
            decoded,
            (from - firstElement) * elementBytes,
            batch.segment(number),
            (table.start(slot) + from - offset) * elementBytes,
            bytes);
        if (batch.arrived(bytes)) {
          onDone.accept(batch);
        }
      }
    }
  }

  @Override
  void fail(PenstockException problem, Consumer<BatchAssembly> onDone) {
    for (int use = 0; use < group.uses(); use++) {
      BatchAssembly batch = group.batch(use);
      SampleTable table = batch.table(number);
      int slot = group.slot(use);
      long from = Math.max(table.offset(slot), firstElement);
      long to = Math.min(table.offset(slot) + table.elements(slot), endElement);
      if (from < to) {
        batch.failed(slot, problem);
        if (batch.arrived((to - from) * elementBytes)) {
          onDone.accept(batch);
        }
      }
    }
  }
}
