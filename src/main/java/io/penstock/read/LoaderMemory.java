package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.ArrayLayout;
import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.TensorExtent;
import io.penstock.format.TensorLayout;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.load.LoaderOptions;
import java.util.List;
import java.util.Optional;

/// How much memory a loader takes: at least what its order needs at worst, and more to prefetch.
///
/// @param leastBytes below this it is refused
/// @param usefulBytes more is of no use
/// @param maxBatchBytes the largest batch
record LoaderMemory(long leastBytes, long usefulBytes, long maxBatchBytes) {
  /// More than what a few hundred requests of some MiB have in flight does not make a loader
  /// faster.
  private static final long MOST_BYTES = 512L << 20;

  private static final long MIB = 1L << 20;

  /// What even a small version may take, so that its batches can be kept for a while.
  private static final long LEEWAY_BYTES = 32 * MIB;

  /// What is left to others, for indexes and single chunks.
  private static final long LEFT_BYTES = 256L << 10;

  /// Two batches, one chunk of each tensor that stays, one chunk on its way; half as much again
  /// because slots do not fit each other exactly.
  static LoaderMemory of(
      VersionContent content, List<TensorSpec> specs, LoaderOptions options, long budgetBytes) {
    long maxBatch =
        options.maxBatchBytes() > 0 ? options.maxBatchBytes() : Math.max(1, budgetBytes / 4);
    long samples =
        Math.max(1, Math.min(options.batchSize() / options.share().worldSize(), content.samples()));
    long batch = 0;
    long standing = 0;
    long landing = 0;
    long all = 0;
    for (TensorSpec spec : specs) {
      batch += batchBytes(content, spec, samples, maxBatch);
      all += allBytes(content, spec);
      long decoded = 0;
      for (Layout layout : content.layouts()) {
        Optional<ArrayLayout> array = layout.find(spec.name()).map(LoaderMemory::elements);
        decoded = Math.max(decoded, array.map(LoaderMemory::chunkBytes).orElse(0L));
      }
      standing += BufferPool.slotBytes(decoded);
      landing = Math.max(landing, BufferPool.slotBytes(decoded + decoded / 64 + 1024));
    }
    long least = 2 * batch + standing + landing;
    least = least > 4 * MIB ? least + least / 2 : least;
    long useful = Math.min(MOST_BYTES, least + 2 * all + LEEWAY_BYTES);
    return new LoaderMemory(least, Math.max(least, useful), maxBatch);
  }

  private static long batchBytes(
      VersionContent content, TensorSpec spec, long samples, long maxBatch) {
    if (!spec.ragged()) {
      long bytes = spec.sampleShape().prepend(samples).bytes(spec.type());
      if (bytes > maxBatch) {
        throw new RefusedException(
            ErrorCode.LIMIT_EXCEEDED,
            "a batch of "
                + samples
                + " samples of tensor "
                + spec.name()
                + " has "
                + bytes
                + " bytes, maxBatchBytes is "
                + maxBatch
                + ": raise it or the memory budget, or make batches smaller");
      }
      return BufferPool.slotBytes(bytes);
    }
    long largest = 0;
    for (FragmentEntry fragment : content.fragments()) {
      for (TensorExtent extent : fragment.extents()) {
        if (extent.tensor().equals(spec.name())) {
          largest = Math.max(largest, extent.largestSampleBytes());
        }
      }
    }
    long most = largest > maxBatch / samples ? maxBatch : largest * samples;
    return BufferPool.slotBytes(most) + BufferPool.slotBytes((samples + 1) * Long.BYTES);
  }

  /// Decoded bytes of a tensor in the whole version, roughly for a ragged one.
  private static long allBytes(VersionContent content, TensorSpec spec) {
    if (!spec.ragged()) {
      return spec.sampleShape().prepend(content.samples()).bytes(spec.type());
    }
    long elements = 0;
    for (FragmentEntry fragment : content.fragments()) {
      for (TensorExtent extent : fragment.extents()) {
        elements += extent.tensor().equals(spec.name()) ? extent.valueElements() : 0;
      }
    }
    return elements * spec.type().byteCount();
  }

  private static ArrayLayout elements(TensorLayout layout) {
    return switch (layout) {
      case TensorLayout.Fixed fixed -> fixed.array();
      case TensorLayout.Ragged ragged -> ragged.values();
    };
  }

  private static long chunkBytes(ArrayLayout layout) {
    return layout.chunk().bytes(layout.type());
  }

  /// Splits off a loader's memory: half of what is free, or as much as is useful, or at least what
  /// it needs.
  ///
  /// @throws RefusedException with code `LIMIT_EXCEEDED` if that is not free
  BufferPool split(BufferPool pool) {
    long free = pool.budgetBytes() - pool.usedBytes();
    long wanted = Math.max(leastBytes, Math.min(free / 2, usefulBytes));
    long most = free - LEFT_BYTES;
    return pool.trySplit(Math.max(leastBytes, Math.min(wanted, most)))
        .or(() -> pool.trySplit(leastBytes))
        .orElseThrow(() ->
            new RefusedException(
                ErrorCode.LIMIT_EXCEEDED,
                "the loader needs at least "
                    + leastBytes
                    + " bytes of memory; of the budget of "
                    + pool.budgetBytes()
                    + " bytes "
                    + free
                    + " are free: raise the budget, make batches smaller, or close other"
                    + " loaders"));
  }
}
