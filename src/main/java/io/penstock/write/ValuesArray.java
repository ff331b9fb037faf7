package io.penstock.write;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongConsumer;

/// Cuts the elements of a ragged tensor into the chunks of its `values`: groups of c samples start
/// on chunk boundaries and do not cross shards, unless they are larger than one. One thread at a
/// time.
final class ValuesArray {
  /*
   * Where a group starts depends on its length, which is known when its last sample comes. So the
   * chunks of a group are held until then. A group that outgrows what may be held before that starts
   * a shard, which is right whatever its length will be, and streams from then on. The decision
   * depends on the lengths of the samples alone, so that the same samples always lie the same way.
   *
   * The offsets of the samples follow from the group's start; until it is placed, they are kept
   * relative to it.
   */

  /// The least that is held of a group: what readers, too, hold of one.
  private static final long HELD_BYTES = 4L << 20;

  /// So many offsets are kept of a group at most; no group that the planner makes of usual samples
  /// has more.
  private static final long HELD_SAMPLES = 1L << 20;

  private final ArrayPlan plan;
  private final ArrayPacker packer;
  private final Workspace.Stock chunks;
  private final LongConsumer offsets;
  private final long groupSamples;
  private final int elementBytes;
  private final long heldBytes;
  private final ArrayDeque<Workspace.Buffer> held = new ArrayDeque<>();
  private Optional<Workspace.Buffer> chunk = Optional.empty();
  private long chunkFilledBytes;

  // Kept while the group is not placed.
  private long[] relative = new long[16];
  private long samplesInGroup;
  private long groupElements;
  private boolean placed;
  private long groupStart;

  private long[] groupFirstChunks = new long[16];
  private int groups;
  private long elements;
  private long largestGroupElements;
  private long largestSampleElements;

  /// @param chunks buffers for [#chunkBuffers] decoded chunks
  /// @param groupSamples c
  /// @param offsets receives the offset of each sample, in elements, in their order
  ValuesArray(
      ArrayPlan plan,
      ArrayPacker packer,
      Workspace.Stock chunks,
      long groupSamples,
      LongConsumer offsets) {
    this.plan = plan;
    this.packer = packer;
    this.chunks = chunks;
    this.groupSamples = groupSamples;
    this.offsets = offsets;
    this.elementBytes = plan.layout().type().byteCount();
    this.heldBytes = heldBytes(plan);
  }

  private static long heldBytes(ArrayPlan plan) {
    long shardBytes = plan.chunkBytes() * plan.layout().chunksPerShard();
    return Math.min(shardBytes, Math.max(HELD_BYTES, 2 * plan.chunkBytes()));
  }

  /// How many buffers for decoded chunks this needs at least: those held, and one in the making.
  static Workspace.Need chunkBuffers(ArrayPlan plan) {
    long count = Math.ceilDiv(heldBytes(plan), plan.chunkBytes()) + 1;
    return Workspace.Need.of(plan.chunkBytes(), Math.toIntExact(count));
  }

  /// Appends one sample: `bytes` from `offset` on. Waits for memory.
  void append(MemorySegment samples, long offset, long bytes) {
    long sampleElements = bytes / elementBytes;
    begin(sampleElements);
    copy(samples, offset, bytes);
    if (samplesInGroup == groupSamples) {
      endGroup();
    }
  }

  private void begin(long sampleElements) {
    long inGroup = groupElements;
    samplesInGroup++;
    groupElements = Math.addExact(groupElements, sampleElements);
    largestSampleElements = Math.max(largestSampleElements, sampleElements);
    if (placed) {
      offsets.accept(groupStart + inGroup);
      return;
    }
    int at = Math.toIntExact(samplesInGroup - 1);
    if (at == relative.length) {
      relative = Arrays.copyOf(relative, 2 * at);
    }
    relative[at] = inGroup;
    boolean complete = samplesInGroup == groupSamples;
    boolean tooMuch = groupElements * elementBytes > heldBytes || samplesInGroup == HELD_SAMPLES;
    if (complete || tooMuch) {
      place(complete);
    }
  }

  /// Decides where the group starts, and passes on what was held.
  ///
  /// @param complete whether the length of the group is known
  private void place(boolean complete) {
    long chunksNeeded = Math.ceilDiv(groupElements * elementBytes, plan.chunkBytes());
    boolean fits = complete && chunksNeeded <= packer.placesLeft();
    if (!fits && chunksNeeded > 0) {
      packer.endShard();
    }
    long firstChunk = packer.nextChunk();
    groupStart = firstChunk * (plan.chunkBytes() / elementBytes);
    placed = true;
    addGroup(firstChunk);
    for (int i = 0; i < samplesInGroup; i++) {
      offsets.accept(groupStart + relative[i]);
    }
    while (!held.isEmpty()) {
      packer.add(held.remove());
    }
  }

  private void addGroup(long firstChunk) {
    if (groups == groupFirstChunks.length) {
      groupFirstChunks = Arrays.copyOf(groupFirstChunks, 2 * groups);
    }
    groupFirstChunks[groups++] = firstChunk;
  }

  private void copy(MemorySegment samples, long offset, long bytes) {
    long at = offset;
    long end = offset + bytes;
    while (at < end) {
      Workspace.Buffer target = chunk.orElseGet(chunks::take);
      chunk = Optional.of(target);
      long now = Math.min(end - at, plan.chunkBytes() - chunkFilledBytes);
      MemorySegment.copy(samples, at, target.segment(), chunkFilledBytes, now);
      at += now;
      chunkFilledBytes += now;
      if (chunkFilledBytes == plan.chunkBytes()) {
        passOn(target);
      }
    }
  }

  private void passOn(Workspace.Buffer filled) {
    chunk = Optional.empty();
    chunkFilledBytes = 0;
    if (placed) {
      packer.add(filled);
    } else {
      held.add(filled);
    }
  }

  private void endGroup() {
    chunk.ifPresent(last -> {
      last.segment().asSlice(chunkFilledBytes).fill((byte) 0);
      passOn(last);
    });
    elements = Math.max(elements, groupStart + groupElements);
    largestGroupElements = Math.max(largestGroupElements, groupElements);
    samplesInGroup = 0;
    groupElements = 0;
    placed = false;
  }

  /// Ends the last group, which may have fewer samples, and the last shard.
  void finish() {
    if (samplesInGroup > 0) {
      if (!placed) {
        place(true);
      }
      endGroup();
    }
    packer.endShard();
  }

  /// Length of the array, gaps included.
  long elements() {
    return elements;
  }

  /// The chunk at which each group starts.
  long[] groupFirstChunks() {
    return Arrays.copyOf(groupFirstChunks, groups);
  }

  /// Bytes of the largest group, without gaps.
  long largestGroupBytes() {
    return largestGroupElements * elementBytes;
  }

  /// Bytes of the largest sample.
  long largestSampleBytes() {
    return largestSampleElements * elementBytes;
  }
}
