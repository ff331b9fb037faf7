package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.format.ArrayLayout;
import io.penstock.format.Layout;
import io.penstock.format.TensorLayout;
import io.penstock.format.VersionContent;
import io.penstock.load.LoaderOptions;
import java.util.List;
import java.util.Optional;

/// How much memory a loader needs at least, and how much is of use to it: from the version's
/// records and the options alone.
///
/// @param resident decoded bytes of the columns that stay
/// @param batchBytes of a usual batch of this rank
/// @param leastBatches that are open or in the consumer's hands at once
/// @param usefulBatches the same, with enough that are done ahead
/// @param largeBatchBytes of the largest batch of ragged samples; 0 if no batch is larger than a
///   usual one
/// @param decodedChunkBytes of the largest chunk
/// @param encodedChunkBytes of the largest chunk
/// @param usefulLandingBytes for what is on its way or waits to be decoded
/// @param maxBatchBytes elements of the largest batch that is allowed
record MemoryNeeds(
    long resident,
    long batchBytes,
    long leastBatches,
    long usefulBatches,
    long largeBatchBytes,
    long decodedChunkBytes,
    long encodedChunkBytes,
    long usefulLandingBytes,
    long maxBatchBytes) {
  /*
   * A group of samples is decoded once, when all batches that take some of it are open: so the
   * batches over which one pass over a group extends have to be open together. All of them together
   * are as large as one decoded group for each lane of the rank.
   */
  private static final long MIB = 1L << 20;

  /// What is done ahead of the consumer, so that neither waits for the other's hiccups.
  private static final long AHEAD_BYTES = 64 * MIB;

  private static final long MOST_AHEAD_BATCHES = 256;

  /// More than what a few hundred requests of some hundred KiB have in flight does not make a
  /// loader faster.
  private static final long MOST_LANDING_BYTES = 192 * MIB;

  private static final long LEAST_LANDING_BYTES = MIB / 4;

  static final long BLOCK_BYTES = 4 * MIB;

  /// Two large batches: one in the consumer's hands, one in the making.
  static final int LARGE_BATCHES = 2;

  /// @param columns that are read
  /// @param budgetBytes of all loaders together
  static MemoryNeeds of(
      VersionContent content,
      List<Column> columns,
      BatchSchedule schedule,
      LoaderOptions options,
      long budgetBytes) {
    long maxBatch =
        options.maxBatchBytes() > 0 ? options.maxBatchBytes() : Math.max(1, budgetBytes / 4);
    BatchBytes batches = BatchBytes.of(content, columns, schedule.samples(), options, maxBatch);
    long resident = 0;
    long all = 0;
    long decoded = HookStage.scratchBytes(columns);
    long encoded = 0;
    for (Column column : columns) {
      long bytes = ResidentColumn.bytes(content, column);
      all += bytes;
      resident += column.resident() ? bytes : 0;
      for (Layout layout : content.layouts()) {
        Optional<ArrayLayout> array = layout.find(column.spec().name()).map(MemoryNeeds::elements);
        if (array.isPresent()) {
          ArrayLayout found = array.get();
          var codec = found.codecs().bind(found.type(), found.chunk());
          decoded = Math.max(decoded, codec.decodedBytes());
          encoded = Math.max(encoded, codec.maxEncodedBytes());
        }
      }
    }
    long epoch = Math.max(1, schedule.batches());
    long least = 1 + Math.min(epoch, span(content, columns, schedule));
    long ahead = Math.clamp(AHEAD_BYTES / Math.max(1, batches.usual()), 2, MOST_AHEAD_BATCHES);
    return new MemoryNeeds(
        resident,
        batches.usual(),
        least,
        least + Math.min(ahead, epoch),
        batches.large(),
        decoded,
        encoded,
        Math.min(MOST_LANDING_BYTES, 2 * all + MIB),
        maxBatch);
  }

  private static long span(VersionContent content, List<Column> columns, BatchSchedule schedule) {
    if (columns.stream().allMatch(Column::resident)) {
      return 1;
    }
    long group = content.layouts().stream().mapToLong(Layout::groupSamples).max().orElse(1);
    return schedule.spanBatches(group);
  }

  private static ArrayLayout elements(TensorLayout layout) {
    return switch (layout) {
      case TensorLayout.Fixed fixed -> fixed.array();
      case TensorLayout.Ragged ragged -> ragged.values();
    };
  }

  /// Bytes that are set apart when the loader is made, with so many usual batches.
  long reservedBytes(long batches, int codecThreads) {
    long large = largeBatchBytes > 0 ? LARGE_BATCHES * BufferPool.slotBytes(largeBatchBytes) : 0;
    return (resident > 0 ? BufferPool.slotBytes(resident) : 0)
        + Math.multiplyExact(batches, BufferPool.slotBytes(batchBytes))
        + large
        + codecThreads * BufferPool.slotBytes(decodedChunkBytes)
        + BufferPool.slotBytes(encodedChunkBytes);
  }

  /// The least memory, with some more because slots do not lie side by side without gaps.
  long leastBytes(int codecThreads) {
    long least =
        reservedBytes(leastBatches, codecThreads)
            + Math.max(LEAST_LANDING_BYTES, BufferPool.slotBytes(encodedChunkBytes));
    return least + gaps(least);
  }

  /// What often suffices: batches lie side by side as far as they fit into the pool's slabs, and
  /// whatever is smaller is in the gaps.
  long tightBytes(int codecThreads) {
    long budget = 0;
    long others =
        reservedBytes(0, codecThreads)
            + Math.max(LEAST_LANDING_BYTES, BufferPool.slotBytes(encodedChunkBytes));
    for (long needed = others; needed > budget; ) { // a larger budget may have larger slabs
      budget = needed;
      needed = others + BufferPool.slotBytes(batchBytes, leastBatches, budget);
    }
    return Math.min(budget, leastBytes(codecThreads));
  }

  /// More is of no use.
  long usefulBytes(int codecThreads) {
    long useful = reservedBytes(usefulBatches, codecThreads) + usefulLandingBytes;
    return Math.max(leastBytes(codecThreads), useful + gaps(useful));
  }

  /// What is lost where slots do not fill the pool's blocks, which have 4 MiB or more: less than
  /// one slot in each; larger slots have blocks of their own.
  private long gaps(long bytes) {
    long slot = Math.max(Math.max(batchBytes, largeBatchBytes), decodedChunkBytes);
    slot = Math.max(Math.max(slot, encodedChunkBytes), Math.min(resident, BLOCK_BYTES));
    long blocks = bytes <= BLOCK_BYTES ? 0 : Math.ceilDiv(bytes, BLOCK_BYTES);
    return Math.min(bytes / 2, blocks * Math.min(BLOCK_BYTES, BufferPool.slotBytes(slot)));
  }
}
