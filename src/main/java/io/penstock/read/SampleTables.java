package io.penstock.read;

import io.penstock.error.PenstockException;
import io.penstock.format.TensorSpec;
import org.jspecify.annotations.Nullable;

/// The tables of one ragged tensor's samples along an order, some thousands at a time. One thread
/// at a time.
final class SampleTables {
  /// As many as a chunk of offsets holds: read once for all batches that they span.
  private static final int BLOCK_SAMPLES = 8192;

  private final TensorReads reads;
  private final TensorSpec spec;
  private final EpochOrder order;
  private @Nullable SampleTable block;
  private long blockFrom;
  private long blockTo;

  SampleTables(TensorReads reads, TensorSpec spec, EpochOrder order) {
    this.reads = reads;
    this.spec = spec;
    this.order = order;
  }

  /// The table of the samples at some places of an epoch. Blocks if they are not there yet.
  SampleTable get(long epoch, long from, long to) {
    long start = Math.addExact(Math.multiplyExact(epoch, order.samples()), from);
    long end = start + (to - from);
    SampleTable known = block;
    if (known == null || start < blockFrom || end > blockTo) {
      long until = Math.min(order.samples(), Math.max(to, from + BLOCK_SAMPLES));
      try {
        known = load(epoch, from, until);
        blockFrom = start;
        blockTo = start + (until - from);
        block = known;
      } catch (PenstockException e) {
        // Damage of another batch's samples must not fail this one.
        return load(epoch, from, to);
      }
    }
    return known.slice(Math.toIntExact(start - blockFrom), Math.toIntExact(end - blockFrom));
  }

  private SampleTable load(long epoch, long from, long to) {
    return SampleTable.load(reads, spec, order.positions(epoch, from, to), true);
  }
}
