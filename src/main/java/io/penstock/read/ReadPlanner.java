package io.penstock.read;

import io.penstock.error.PenstockException;
import io.penstock.read.ReadPlan.Unreadable;
import io.penstock.tensor.BoxCopy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Turns wanted boxes of arrays into a plan: which chunks, in which ranged reads, and what of each
/// goes where. Pure: does no I/O. One thread at a time, for one plan.
final class ReadPlanner {
  /*
   * Wants are added box by box; each falls into chunks, and a chunk that several of them need is
   * read once. Where one run of bytes continues the one before, in the chunk and in the target, both
   * become one: so consecutive rows of a chunk are one copy, and a chunk that is wanted as a whole in
   * one place is decoded there.
   */
  private final RangeRules rules;
  private final IdentityHashMap<StoredArray, Map<Long, Want>> wanted = new IdentityHashMap<>();
  private final List<Want> inOrder = new ArrayList<>();

  ReadPlanner(RangeRules rules) {
    this.rules = rules;
  }

  /// A box that is wanted.
  ///
  /// @param origin in the array
  /// @param extent on each axis
  /// @param target which target it goes to
  /// @param targetOffset where its first element goes, in bytes
  /// @param targetStrides bytes between neighbours on each axis of the target
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  record Box(long[] origin, long[] extent, int target, long targetOffset, long[] targetStrides) {}

  private static final class Want {
    final StoredArray array;
    final long chunk;
    final int order;
    final List<TargetCopy> copies = new ArrayList<>(1);
    long fromSample;
    long toSample;

    Want(StoredArray array, long chunk, int order) {
      this.array = array;
      this.chunk = chunk;
      this.order = order;
    }

    void add(TargetCopy copy) {
      if (!copies.isEmpty() && copies.getLast().continuedBy(copy)) {
        copies.set(copies.size() - 1, copies.getLast().joined(copy));
      } else {
        copies.add(copy);
      }
    }
  }

  /// Wants a box of an array whose rows are samples.
  void add(StoredArray array, Box box) {
    addBox(array, box, -1);
  }

  /// Wants elements of a ragged tensor's `values` for one sample.
  ///
  /// @param sample its position in the version
  /// @param from first element
  /// @param count of elements, 1 or more
  void addValues(
      StoredArray array, long sample, long from, long count, int target, long targetOffset) {
    long bytes = array.layout().type().byteCount();
    Box box =
        new Box(new long[] {from}, new long[] {count}, target, targetOffset, new long[] {bytes});
    addBox(array, box, sample);
  }

  private void addBox(StoredArray array, Box box, long sample) {
    Map<Long, Want> chunks = wanted.computeIfAbsent(array, _ -> new HashMap<>());
    int rank = array.rank();
    long[] first = new long[rank];
    long[] last = new long[rank];
    for (int axis = 0; axis < rank; axis++) {
      if (box.extent[axis] == 0) {
        return;
      }
      first[axis] = box.origin[axis] / array.chunkLength(axis);
      last[axis] = (box.origin[axis] + box.extent[axis] - 1) / array.chunkLength(axis);
    }
    long[] at = first.clone();
    do {
      addPart(array, chunks, box, at, sample);
    } while (next(at, first, last));
  }

  /// Steps to the next coordinates in C order; false after the last.
  private static boolean next(long[] at, long[] first, long[] last) {
    for (int axis = at.length - 1; axis >= 0; axis--) {
      if (at[axis]++ < last[axis]) {
        return true;
      }
      at[axis] = first[axis];
    }
    return false;
  }

  private void addPart(StoredArray array, Map<Long, Want> chunks, Box box, long[] at, long sample) {
    int rank = array.rank();
    long[] inChunk = new long[rank];
    long[] extent = new long[rank];
    long targetOffset = box.targetOffset;
    for (int axis = 0; axis < rank; axis++) {
      long chunkFrom = at[axis] * array.chunkLength(axis);
      long from = Math.max(chunkFrom, box.origin[axis]);
      long to = Math.min(chunkFrom + array.chunkLength(axis), box.origin[axis] + box.extent[axis]);
      inChunk[axis] = from - chunkFrom;
      extent[axis] = to - from;
      targetOffset += (from - box.origin[axis]) * box.targetStrides[axis];
    }
    Want want = want(array, chunks, array.chunkAt(at), sample);
    BoxCopy copy =
        BoxCopy.of(
            array.layout().type().byteCount(),
            array.chunkDimensions(),
            inChunk,
            extent,
            targetOffset,
            box.targetStrides);
    want.add(new TargetCopy(box.target, copy));
  }

  private Want want(StoredArray array, Map<Long, Want> chunks, long chunk, long sample) {
    Want want = chunks.get(chunk);
    if (want == null) {
      want = new Want(array, chunk, inOrder.size());
      want.fromSample = sample >= 0 ? sample : array.fromSample(chunk);
      want.toSample = sample >= 0 ? sample + 1 : array.toSample(chunk);
      chunks.put(chunk, want);
      inOrder.add(want);
    } else if (sample >= 0) {
      want.fromSample = Math.min(want.fromSample, sample);
      want.toSample = Math.max(want.toSample, sample + 1);
    }
    return want;
  }

  /// The plan for everything that was wanted.
  ReadPlan plan() {
    List<Unreadable> unreadable = new ArrayList<>();
    Map<ShardOf, List<ChunkRead>> byShard = new HashMap<>();
    IdentityHashMap<ChunkRead, Integer> order = new IdentityHashMap<>();
    for (Want want : inOrder) {
      ChunkRead chunk = chunkRead(want, unreadable);
      if (chunk == null) {
        continue;
      }
      order.put(chunk, want.order);
      byShard
          .computeIfAbsent(new ShardOf(want.array, chunk.shard()), _ -> new ArrayList<>())
          .add(chunk);
    }
    List<RangeRead> ranges = new ArrayList<>();
    byShard.values().forEach(chunks -> ranges.addAll(rules.merge(chunks)));
    ranges.sort(
        Comparator.comparingInt(
            range -> range.chunks().stream().mapToInt(order::get).min().orElseThrow()));
    return new ReadPlan(ranges, unreadable);
  }

  /// Arrays are compared by identity: there is one for each fragment and tensor.
  private record ShardOf(StoredArray array, int shard) {}

  private static @Nullable ChunkRead chunkRead(Want want, List<Unreadable> unreadable) {
    ChunkRead chunk =
        ChunkRead.of(want.array, want.chunk, want.fromSample, want.toSample, want.copies);
    Optional<PenstockException> problem = chunk.knownFailure();
    problem.ifPresent(failure -> unreadable.add(new Unreadable(chunk, failure)));
    return problem.isPresent() ? null : chunk;
  }
}
