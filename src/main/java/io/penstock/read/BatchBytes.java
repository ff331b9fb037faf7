package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.FragmentEntry;
import io.penstock.format.VersionContent;
import io.penstock.load.LoaderOptions;
import io.penstock.load.RaggedMode;
import java.util.List;

/// What the batches of a rank take of memory, from the version's records and the options alone.
///
/// @param usual bytes of a usual batch
/// @param large of the largest batch; 0 if none is much larger than a usual one
record BatchBytes(long usual, long large) {
  /// What usual batches take, as multiples of what samples of mean size do.
  private static final double OF_MEAN = 1.25;

  private static final double PADDED_OF_MEAN = 4;

  /// @param samples of batches
  /// @param maxBatch elements of the largest batch that is allowed
  /// @throws RefusedException if usual batches have more
  static BatchBytes of(
      VersionContent content,
      List<Column> columns,
      BatchSchedule.Samples samples,
      LoaderOptions options,
      long maxBatch) {
    check(columns, samples.usual(), options, maxBatch);
    long usual = 0;
    long largest = 0;
    for (Column column : columns) {
      long most = product(most(content, column), samples.most(), maxBatch);
      largest += column.packedOutput() ? rows(column) : most;
      usual += usual(content, column, samples.usual(), most);
    }
    if (options.form().ragged() instanceof RaggedMode.MaxBytes(long bytes, _)) {
      usual = Math.min(usual, bytes);
      long sample = columns.stream().mapToLong(column -> most(content, column)).sum();
      largest = Math.min(largest, Math.max(bytes, sample));
    }
    usual = beside(columns, samples.usual(), Math.min(usual, maxBatch), maxBatch);
    largest = beside(columns, samples.most(), Math.min(largest, maxBatch), maxBatch);
    return largest > usual + usual / 2
        ? new BatchBytes(usual, largest)
        : new BatchBytes(Math.max(usual, largest), 0);
  }

  private static long usual(VersionContent content, Column column, long samples, long most) {
    if (!column.ragged()) {
      return column.sampleBytes() * samples;
    }
    if (column.packedOutput()) {
      return rows(column);
    }
    boolean padded = column.raggedOutput() && column.placement() instanceof Placement.Padded;
    double mean = (double) ResidentColumn.bytes(content, column) / Math.max(1, content.samples());
    return Math.min(most, (long) ((padded ? PADDED_OF_MEAN : OF_MEAN) * mean * samples));
  }

  /// Bytes of the rows into which a column's samples are packed.
  private static long rows(Column column) {
    return column.placement() instanceof Placement.Packed packed
        ? Math.multiplyExact(column.bytesOfLength(packed.length()), packed.rows())
        : 0;
  }

  /// Bytes of a sample at most.
  private static long most(VersionContent content, Column column) {
    if (!column.ragged()) {
      return column.sampleBytes();
    }
    long length = column.raggedOutput() ? column.placement().saidLength() : 0;
    if (length > 0) {
      return column.bytesOfLength(length);
    }
    long largest = 0;
    for (FragmentEntry fragment : content.fragments()) {
      largest = Math.max(largest, fragment.extent(column.spec().name()).largestSampleBytes());
    }
    return largest;
  }

  /// With what lies beside the samples, and what hooks make of them.
  private static long beside(List<Column> columns, long samples, long elements, long maxBatch) {
    long bytes = elements + BatchAssembly.gaps(columns);
    long segments = 0;
    for (Column column : columns) {
      bytes += column.ragged() ? column.placement().marks(samples) * Long.BYTES : 0;
      bytes +=
          column.hooks().moves() ? product(column.hooks().outputBytes(), samples, maxBatch) : 0;
      segments = Math.max(segments, column.placement().segmentBytes());
    }
    return bytes + segments;
  }

  private static long product(long each, long count, long most) {
    return count == 0 || each <= most / count ? each * count : most;
  }

  private static void check(
      List<Column> columns, long samples, LoaderOptions options, long maxBatch) {
    double bytes = 0;
    for (Column column : columns) {
      bytes += column.ragged() ? 0 : (double) column.sampleBytes() * samples;
      bytes += column.packedOutput() ? rows(column) : 0;
      bytes += column.hooks().moves() ? (double) column.hooks().outputBytes() * samples : 0;
    }
    if (options.form().ragged() instanceof RaggedMode.MaxBytes(long most, _)) {
      bytes = Math.max(bytes, (double) most / options.share().worldSize());
    }
    if (bytes > maxBatch) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          "a batch of "
              + columns.stream().map(column -> column.spec().name()).toList()
              + " of this rank has "
              + (long) bytes
              + " bytes, "
              + samples
              + " samples, maxBatchBytes is "
              + maxBatch
              + ": raise it or the memory budget, or make batches smaller");
    }
  }
}
