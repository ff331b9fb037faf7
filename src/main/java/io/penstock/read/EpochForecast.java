package io.penstock.read;

import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.TensorExtent;
import io.penstock.format.TensorLayout;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderPlan;
import io.penstock.load.OrderShape;
import io.penstock.load.SampleSpace;
import io.penstock.load.Share;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What an epoch of a loader fetches: reckoned, not read. Sums over the tensors that it reads.
final class EpochForecast {
  /*
   * A chunk that holds a live sample is read whole. In the order of lanes each border between two
   * lanes splits a run, and the chunk it falls into is read twice. A rank reads the chunks of its own
   * lanes; in the other orders several ranks may read the same chunk.
   */
  private static final double LONGEST_REQUEST_BYTES = 8 << 20;

  /// From here on it is worth a word that chunks are read more than once.
  private static final double MANY_READS = 1.5;

  private final SampleSpace space;
  private final OrderShape shape;
  private final Share share;
  private final boolean gathered;
  private double storedBytes;
  private double decodedBytes;
  private double runRequests;
  private double chunkRequests;
  private double groups;
  private boolean mixed;
  private double epochs = 1;

  EpochForecast(
      VersionContent content,
      List<TensorSpec> specs,
      SampleSpace space,
      OrderShape shape,
      LoaderOptions options) {
    this.space = space;
    this.shape = shape;
    this.share = options.share();
    this.gathered = options.form().ragged().windowed();
    for (int f = 0; f < content.fragments().size(); f++) {
      FragmentEntry fragment = content.fragments().get(f);
      double rows = space.rowsOfLiveChunks(f);
      if (rows > 0) {
        groups += Math.ceil(rows / content.layout(fragment).groupSamples());
        for (TensorSpec spec : specs) {
          add(spec, fragment, content.layout(fragment), rows);
        }
      }
    }
  }

  private void add(TensorSpec spec, FragmentEntry fragment, Layout layout, double rows) {
    TensorExtent extent = fragment.extent(spec.name());
    double stored = extent.storedBytes() * rows / fragment.rows();
    storedBytes += stored;
    double decoded = Figures.decodedBytes(spec, fragment, layout);
    decodedBytes += decoded / fragment.rows() * rows;
    long chunkRows =
        switch (layout.find(spec.name()).orElseThrow()) {
          case TensorLayout.Fixed fixed -> fixed.array().chunk().dimension(0);
          case TensorLayout.Ragged _ -> layout.groupSamples();
        };
    double chunks = Math.ceil(rows / Math.max(chunkRows, layout.groupSamples()));
    double runRows =
        shape.level() == OrderShape.Level.LANES || shape.level() == OrderShape.Level.RUNS
            ? shape.runSamples() * ((double) space.rows() / Math.max(1, space.samples()))
            : rows;
    double runBytes = stored / rows * Math.min(rows, runRows);
    double requestsOfRun = Math.ceil(Math.max(1, runBytes / LONGEST_REQUEST_BYTES));
    runRequests += Math.min(chunks, Math.ceil(rows / runRows) * requestsOfRun);
    chunkRequests += chunks;
  }

  /// The memory that a loader needs at least, and the budget of all.
  record Memory(long leastBytes, long budgetBytes) {}

  /// This forecast of a stream of a mix, of which an epoch of the mix takes so many epochs.
  EpochForecast inMix(double streamEpochs) {
    mixed = true;
    epochs = streamEpochs;
    return this;
  }

  /// All of it, with what others know.
  ///
  /// @param batchSamples of a usual batch of this rank
  LoaderPlan plan(List<String> tensors, long batches, long batchSamples, Memory memory) {
    return new LoaderPlan(
        tensors,
        shape,
        share,
        space.samples(),
        batches,
        decodedBytes(batchSamples),
        fetchedBytes(),
        requests(),
        mostRequests(),
        firstBytes(),
        waits(),
        memory.leastBytes(),
        memory.budgetBytes(),
        space.chunkUtilisation(),
        warnings());
  }

  /// The plan of a mix.
  static LoaderPlan plan(
      List<EpochForecast> streams,
      LoaderOptions options,
      OrderShape shape,
      long batches,
      Memory memory) {
    long batchBytes = 0;
    long fetched = 0;
    long requests = 0;
    long mostRequests = 0;
    long firstBytes = 0;
    double used = 0;
    double read = 0;
    Set<String> warnings = new LinkedHashSet<>();
    for (EpochForecast stream : streams) {
      batchBytes += stream.decodedBytes(stream.shape.batch()) / options.share().worldSize();
      fetched += stream.fetchedBytes();
      requests += stream.requests();
      mostRequests += stream.mostRequests();
      firstBytes += stream.firstBytes();
      used += stream.epochs * stream.space.samples();
      read += stream.epochs * stream.space.samples() / stream.space.chunkUtilisation();
      warnings.addAll(stream.warnings());
    }
    return new LoaderPlan(
        options.tensors(),
        shape,
        options.share(),
        batches * options.batchSize(),
        batches,
        batchBytes,
        fetched,
        requests,
        mostRequests,
        firstBytes,
        streams.getFirst().waits(),
        memory.leastBytes(),
        memory.budgetBytes(),
        read == 0 ? 1 : used / read,
        List.copyOf(warnings));
  }

  /// Catalogs, then chunks, with the entries of ragged samples beside them; but where sizes decide
  /// which samples come first, entries before chunks.
  private int waits() {
    return gathered ? 3 : 2;
  }

  private List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    double used = space.chunkUtilisation();
    if (used < SampleSpace.LOW_UTILISATION) {
      warnings.add(
          percent(used)
              + " of the samples of the chunks that are read belong to the view: a dataset of these"
              + " samples alone would need so much less reading");
    }
    if (chunkReads() > MANY_READS) {
      warnings.add(
          "chunks are read "
              + String.format(Locale.ROOT, "%.2f", chunkReads())
              + " times in an epoch, for there are many lanes for so few chunks: choose fewer"
              + " lanes, or write smaller chunks");
    }
    if (chunkShare() * share.worldSize() > MANY_READS) {
      warnings.add(
          "each rank reads "
              + percent(chunkShare())
              + " of the chunks, for "
              + share.worldSize()
              + " ranks take samples of the same ones: choose lanes, and a world size that divides"
              + " them");
    }
    return warnings;
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  /// Stored bytes that this rank fetches in an epoch.
  private long fetchedBytes() {
    return Math.round(storedBytes * chunkReads() * chunkShare() * epochs);
  }

  /// GETs of this rank, if each fetches a run, or as much of it as is worth a request.
  private long requests() {
    double borders = shape.level() == OrderShape.Level.LANES ? shape.lanes() : 0;
    double perRun = groups == 0 ? 0 : chunkRequests / groups;
    return (long)
        Math.ceil(
            Math.min(chunkRequests * chunkReads(), runRequests + borders * perRun) * chunkShare());
  }

  /// GETs of this rank, if each fetches a chunk.
  private long mostRequests() {
    return (long) Math.ceil(chunkRequests * chunkReads() * chunkShare() * epochs);
  }

  /// Decoded bytes of so many samples.
  private long decodedBytes(long samples) {
    double rows = Math.max(1, groups * groupRows());
    return Math.round(decodedBytes / rows * samples);
  }

  /// Stored bytes of the chunks that this rank's first batch takes samples from.
  private long firstBytes() {
    double ofRank =
        Math.ceil((double) Math.min(shape.batch(), space.samples()) / share.worldSize());
    double touched =
        switch (shape.level()) {
          case SEQUENTIAL, RUNS -> ofRank / Math.max(1, liveGroup()) + 1;
          case LANES -> Math.min(ofRank, Math.ceil((double) shape.lanes() / share.worldSize()));
          case FULL -> ofRank;
        };
    return groups == 0 ? 0 : Math.round(storedBytes / groups * Math.min(groups, touched));
  }

  /// How often a chunk is read on average, over all ranks that share its lanes.
  private double chunkReads() {
    boolean lanes = shape.level() == OrderShape.Level.LANES && groups > 0;
    return lanes ? 1 + Math.min(1, 2.0 * shape.lanes() / groups) : 1;
  }

  /// The share of the chunks that one rank reads.
  private double chunkShare() {
    double ranks = share.worldSize();
    if (mixed) { // the places of a stream in a batch are anybody's
      return 1 - Math.pow(1 - 1 / ranks, liveGroup());
    }
    return switch (shape.level()) {
      case LANES -> 1 / Math.min(ranks, (double) Math.min(shape.batch(), shape.lanes()));
      case SEQUENTIAL, RUNS ->
          ranks == 1 ? 1 : Math.min(1, 1 / ranks + liveGroup() / shape.batch());
      case FULL -> 1 - Math.pow(1 - 1 / ranks, liveGroup());
    };
  }

  /// Rows of a chunk on average.
  private double groupRows() {
    double rows = 0;
    for (int f = 0; f < space.fragments(); f++) {
      rows += space.rowsOfLiveChunks(f);
    }
    return groups == 0 ? 0 : rows / groups;
  }

  /// Live samples of a chunk on average.
  private double liveGroup() {
    return groups == 0 ? 0 : (double) space.samples() / groups;
  }
}
