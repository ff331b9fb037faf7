package io.penstock.write;

import io.penstock.tensor.BoxCopy;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Cuts an array whose axis 0 is the samples into chunks. One thread at a time.
final class SampleArray {
  /*
   * A band is what one step of the chunk grid along axis 0 holds: so many samples, cut into one chunk
   * or, when samples are large, into several that lie side by side on the inner axes. Chunks stand in
   * their shard in that order. When a call fills a band, its chunks are filled and passed on one
   * after the other, so that bands of one sample need one buffer, however large the sample is.
   *
   * A sample that is larger than a shard has several shards, which follow each other in that order,
   * too (ArrayPlan sees to it).
   */
  private final ArrayPlan plan;
  private final ArrayPacker packer;
  private final Workspace.Stock chunks;
  private final long sampleBytes;
  private final long bandSamples;
  private final Shape innerGrid;
  private final List<Optional<Workspace.Buffer>> band;
  private long filledSamples;

  /// @param chunks buffers for [#chunkBuffers] decoded chunks
  SampleArray(ArrayPlan plan, ArrayPacker packer, Workspace.Stock chunks) {
    this.plan = plan;
    this.packer = packer;
    this.chunks = chunks;
    this.sampleBytes = plan.layout().innerShape().bytes(plan.layout().type());
    this.bandSamples = plan.layout().chunk().dimension(0);
    this.innerGrid = plan.innerGrid();
    this.band = new ArrayList<>();
    for (long i = 0; i < innerGrid.elements(); i++) {
      band.add(Optional.empty());
    }
  }

  /// How many buffers for decoded chunks this needs at least: those that stay filled in part.
  static Workspace.Need chunkBuffers(ArrayPlan plan) {
    boolean oneSample = plan.layout().chunk().dimension(0) == 1;
    long count = oneSample ? 1 : Math.max(1, plan.innerGrid().elements());
    return Workspace.Need.of(plan.chunkBytes(), Math.toIntExact(count));
  }

  /// Appends samples, which lie one behind the other from `offset` on. Waits for memory.
  void append(MemorySegment samples, long offset, long count) {
    long at = offset;
    long left = count;
    while (left > 0) {
      long now = Math.min(left, bandSamples - filledSamples);
      fillBand(samples.asSlice(at, now * sampleBytes), now);
      at += now * sampleBytes;
      left -= now;
    }
  }

  private void fillBand(MemorySegment samples, long count) {
    boolean full = filledSamples + count == bandSamples;
    for (int cell = 0; cell < band.size(); cell++) {
      Workspace.Buffer chunk = band.get(cell).orElseGet(this::newChunk);
      copy(samples, count, chunk.segment(), cell);
      band.set(cell, full ? Optional.empty() : Optional.of(chunk));
      if (full) {
        packer.add(chunk);
        endShardBehind(cell);
      }
    }
    filledSamples = full ? 0 : filledSamples + count;
  }

  private void endShardBehind(int cell) {
    boolean bandEnds = cell + 1 == band.size();
    if (plan.innerShards() > 1 && (bandEnds || innerShard(cell) != innerShard(cell + 1))) {
      packer.endShard();
    }
  }

  /// Which of the shards that lie side by side on the inner axes a cell belongs to.
  private long innerShard(int cell) {
    long[] at = position(cell);
    long shard = 0;
    for (int axis = 0; axis < at.length; axis++) {
      long cells = plan.layout().chunkGrid().dimension(axis + 1);
      long shards = Math.ceilDiv(innerGrid.dimension(axis), cells);
      shard = shard * shards + at[axis] / cells;
    }
    return shard;
  }

  /// The place of a cell on the inner axes.
  private long[] position(int cell) {
    long[] at = new long[innerGrid.rank()];
    long rest = cell;
    for (int axis = at.length - 1; axis >= 0; axis--) {
      at[axis] = rest % innerGrid.dimension(axis);
      rest /= innerGrid.dimension(axis);
    }
    return at;
  }

  private Workspace.Buffer newChunk() {
    Workspace.Buffer chunk = chunks.take();
    if (band.size() > 1) {
      chunk.segment().fill((byte) 0);
    }
    return chunk;
  }

  private void copy(MemorySegment samples, long count, MemorySegment chunk, int cell) {
    if (band.size() == 1) {
      MemorySegment.copy(samples, 0, chunk, filledSamples * sampleBytes, samples.byteSize());
      return;
    }
    Shape sample = plan.layout().innerShape();
    Shape cut = plan.layout().chunk();
    long[] from = new long[cut.rank()];
    long[] to = new long[cut.rank()];
    long[] box = new long[cut.rank()];
    to[0] = filledSamples;
    box[0] = count;
    long[] at = position(cell);
    for (int axis = 0; axis < at.length; axis++) {
      long length = cut.dimension(axis + 1);
      from[axis + 1] = at[axis] * length;
      box[axis + 1] = Math.min(length, sample.dimension(axis) - from[axis + 1]);
    }
    BoxCopy.copy(
        new BoxCopy.Side(samples, sample.prepend(count), Shape.of(from)),
        new BoxCopy.Side(chunk, cut, Shape.of(to)),
        Shape.of(box),
        plan.layout().type().byteCount());
  }

  /// Passes on what is filled in part, padded with the fill value, and ends the last shard.
  void finish() {
    if (filledSamples > 0) {
      long padFrom = plan.chunkBytes() / bandSamples * filledSamples;
      for (Optional<Workspace.Buffer> filled : band) {
        Workspace.Buffer chunk = filled.orElseThrow();
        chunk.segment().asSlice(padFrom).fill((byte) 0);
        packer.add(chunk);
      }
      filledSamples = 0;
    }
    packer.endShard();
  }
}
