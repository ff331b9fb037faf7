package io.penstock.read;

import io.penstock.error.PenstockException;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A chunk of a resident column.
final class ResidentPart extends Part {
  private final ResidentUnit unit;
  private final StoredArray array;
  private final long origin;
  private final long rows;
  private final long rowBytes;
  private final @Nullable InnerBox box;
  private @Nullable PenstockException problem;

  ResidentPart(ResidentUnit unit, Column column, ChunkRead chunk) {
    super(unit, column, chunk);
    this.unit = unit;
    this.array = chunk.array();
    this.origin = array.chunkOrigin(chunk.chunk(), 0);
    this.rows = Math.min(array.chunkLength(0), array.length(0) - origin);
    this.rowBytes = column.ragged() ? column.elementBytes() : column.sampleBytes();
    this.box = InnerBox.of(array, chunk.chunk());
  }

  /// Why it could not be read, when it is finished.
  @Nullable PenstockException problem() {
    return problem;
  }

  private long target() {
    return unit.home().base(unit.fragment()) + origin * rowBytes;
  }

  @Override
  @Nullable MemorySegment wholeTarget() {
    long bytes = array.codec().decodedBytes();
    return box == null && rows == array.chunkLength(0)
        ? unit.home().memory().asSlice(target(), bytes)
        : null;
  }

  @Override
  void settle(MemorySegment whole, Consumer<BatchAssembly> onDone) {}

  @Override
  void scatter(MemorySegment decoded, Consumer<BatchAssembly> onDone) {
    MemorySegment memory = unit.home().memory();
    if (box == null) {
      MemorySegment.copy(decoded, 0, memory, target(), rows * rowBytes);
    } else {
      MemorySegment fragment = memory.asSlice(unit.home().base(unit.fragment()));
      box.copy(0, rows, origin).apply(decoded, fragment);
    }
  }

  @Override
  void fail(PenstockException failure, Consumer<BatchAssembly> onDone) {
    problem = failure;
  }
}
