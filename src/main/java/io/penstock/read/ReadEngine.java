package io.penstock.read;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecThreads;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderPlan;
import io.penstock.load.MixSource;
import io.penstock.load.OrderShape;
import io.penstock.load.OrderSource;
import io.penstock.load.RaggedMode;
import io.penstock.load.RunCorrelation;
import io.penstock.load.SampleSpace;
import io.penstock.load.VersionFigures;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import io.penstock.tensor.Region;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// The door of the reading line: one version of one dataset, planned, fetched, decoded, assembled.
/// Thread-safe. Catalogs are loaded on first need and kept; a damaged or missing catalog is
/// replaced by the shards' own indexes.
public final class ReadEngine implements AutoCloseable {
  /// The parts that engines share; whoever made them closes them.
  ///
  /// @param pool of all buffers
  /// @param threads that decode and gather
  /// @param nanoTime a clock for intervals, for statistics alone
  /// @param planners makes the thread of each loader that plans its batches
  public record Parts(
      BufferPool pool, CodecThreads threads, LongSupplier nanoTime, ThreadFactory planners) {
    /// Parts with platform threads.
    public Parts(BufferPool pool, CodecThreads threads, LongSupplier nanoTime) {
      this(pool, threads, nanoTime, Thread.ofPlatform().daemon().factory());
    }

    /// Parts with platform threads and a clock that stands still.
    public Parts(BufferPool pool, CodecThreads threads) {
      this(pool, threads, () -> 0);
    }
  }

  private final Store store;
  private final VersionContent content;
  private final Parts parts;
  private final StoredTensors tensors;
  private final TensorReads reads;
  private final Verifier verifier;
  private final Set<Loader> loaders = ConcurrentHashMap.newKeySet();

  /// An engine over one version. Does no I/O.
  public ReadEngine(Store store, VersionContent content, Parts parts) {
    this.store = store;
    this.content = content;
    this.parts = parts;
    this.tensors = new StoredTensors(store, content, parts.pool());
    this.reads = new TensorReads(store, content, parts.pool(), parts.threads(), tensors);
    this.verifier = new Verifier(store, content, parts.pool(), parts.threads(), tensors, reads);
  }

  /// An engine over several versions, one behind the other. Does no I/O.
  ///
  /// @param stores of each version
  /// @param contents of each version
  /// @param tensors names of tensors that all of them have, of one type and sample shape
  public static ReadEngine over(
      List<Store> stores, List<VersionContent> contents, List<String> tensors, Parts parts) {
    return new ReadEngine(
        new RoutedStore(stores, contents), MixedContent.of(contents, tensors), parts);
  }

  /// Reads a box of a fixed-shape tensor, axis 0 being the version's samples, into `target`
  /// (native, exactly the region's bytes, C order, this machine's byte order), which is borrowed
  /// for the call. Blocks.
  public void read(String tensor, Region region, MemorySegment target) {
    reads.read(tensor, region, target);
  }

  /// Reads whole samples of a fixed-shape tensor, in the given order, repeats allowed. Blocks.
  public void read(String tensor, long[] positions, MemorySegment target) {
    reads.read(tensor, positions, target);
  }

  /// Shapes of ragged samples, in the given order. Blocks.
  public Shape[] raggedShapes(String tensor, long[] positions) {
    return reads.raggedShapes(tensor, positions);
  }

  /// Reads whole ragged samples, one behind the other, in the given order, into `target`, which has
  /// exactly the bytes that their shapes need. Blocks.
  public void readRagged(String tensor, long[] positions, MemorySegment target) {
    reads.readRagged(tensor, positions, target);
  }

  /// A loader over all samples of this version.
  ///
  /// @throws io.penstock.error.RefusedException with code `LIMIT_EXCEEDED` if the least memory that
  ///   it needs is not free
  public Loader loader(LoaderOptions options) {
    return loader(options, new OrderSource(samples(), "", ""));
  }

  /// A loader over samples of this version.
  ///
  /// @param source which samples
  /// @throws io.penstock.error.RefusedException with code `LIMIT_EXCEEDED` if the least memory that
  ///   it needs is not free
  public Loader loader(LoaderOptions options, OrderSource source) {
    LoaderOptions asked = options.resume().map(options::resumed).orElse(options);
    return loader(asked, ordered(asked, source));
  }

  /// A loader over a mix of versions; this engine is over all of them, one behind the other.
  ///
  /// @param mix which samples
  /// @param contents of the versions
  /// @throws io.penstock.error.RefusedException as the other method does
  public Loader loader(LoaderOptions options, MixSource mix, List<VersionContent> contents) {
    LoaderOptions asked = seeded(options);
    return loader(asked, mixed(asked, mix, contents));
  }

  private Loader loader(LoaderOptions asked, Ordered ordered) {
    LoaderLine line =
        new LoaderLine(
            new LoaderLine.Source(store, content, parts, tensors),
            specs(asked),
            asked,
            ordered.shape(),
            ordered.schedule(),
            new LoaderTally(parts.nanoTime(), content, ordered.space()));
    Optional<ShuffleGauge> shuffle =
        ordered.metered()
            ? Optional.of(
                new ShuffleGauge(
                    ordered.space(),
                    ordered.shape(),
                    asked.share().worldSize(),
                    asked.form().ragged()))
            : Optional.empty();
    Loader loader =
        new PrefetchingLoader(
            line, content, asked, ordered.shape(), ordered.schedule(), shuffle, this::forget);
    loaders.add(loader);
    return loader;
  }

  /// What a loader would do. Does no I/O and takes no memory.
  ///
  /// @param source which samples
  /// @throws io.penstock.error.RefusedException as [#loader] does, but not for want of memory
  public LoaderPlan plan(LoaderOptions options, OrderSource source) {
    LoaderOptions asked = options.resume().map(options::resumed).orElse(options);
    Ordered ordered = ordered(asked, source);
    return new EpochForecast(content, specs(asked), source.space(), ordered.shape(), asked)
        .plan(
            asked.tensors(),
            ordered.schedule().batches(),
            ordered.schedule().samples().usual(),
            needs(asked, ordered));
  }

  /// What a loader over a mix would do. Does no I/O and takes no memory.
  ///
  /// @param mix which samples
  /// @param contents of the versions
  public LoaderPlan plan(LoaderOptions options, MixSource mix, List<VersionContent> contents) {
    Ordered ordered = mixed(seeded(options), mix, contents);
    List<OrderShape> shapes = MixShapes.of(options.order(), mix, contents, options.batchSize());
    List<EpochForecast> forecasts = new ArrayList<>();
    for (int s = 0; s < contents.size(); s++) {
      OrderSource stream = mix.streams().get(s);
      double epochs =
          mix.part(s)
              * ordered.schedule().batches()
              * options.batchSize()
              / Math.max(1, stream.space().samples());
      forecasts.add(
          new EpochForecast(contents.get(s), specs(options), stream.space(), shapes.get(s), options)
              .inMix(epochs));
    }
    return EpochForecast.plan(
        forecasts, options, ordered.shape(), ordered.schedule().batches(), needs(options, ordered));
  }

  /// An order, as it was chosen, and its batches.
  ///
  /// @param space the samples of all ranks; of a mix, whatever the versions have
  /// @param metered whether it is measured how well batches are mixed
  private record Ordered(
      OrderShape shape, BatchSchedule schedule, SampleSpace space, boolean metered) {}

  private Ordered ordered(LoaderOptions asked, OrderSource source) {
    OrderShape shape = asked.order().shape(source.space(), figures(), asked.batchSize());
    BatchSchedule schedule = schedule(asked, source, shape);
    asked.resume().ifPresent(schedule::index);
    return new Ordered(shape, schedule, source.space(), true);
  }

  private BatchSchedule schedule(LoaderOptions asked, OrderSource source, OrderShape shape) {
    RaggedMode mode = asked.form().ragged();
    OrderSchedule order = new OrderSchedule(source, shape, asked, gathering(asked));
    return switch (mode) {
      case RaggedMode.Layout _, RaggedMode.Bucket _ -> order;
      case RaggedMode.MaxBytes _, RaggedMode.Pack _ -> {
        List<Column> columns = Column.of(content, specs(asked), shape, asked);
        yield new SizedSchedule(order, asked, new SampleMeans(content, columns));
      }
    };
  }

  /// What else than the order decides on which samples come together: the mode, and the tensors
  /// whose sizes count.
  private String gathering(LoaderOptions asked) {
    RaggedMode mode = asked.form().ragged();
    if (!mode.windowed()) {
      return "";
    }
    List<String> names =
        specs(asked).stream()
            .filter(spec -> spec.ragged() || mode instanceof RaggedMode.MaxBytes)
            .map(TensorSpec::name)
            .sorted()
            .toList();
    return mode.gathering() + " of " + String.join(" ", names);
  }

  /// The options with the seed of the state that they go on from. What else they leave open is
  /// chosen anew.
  private static LoaderOptions seeded(LoaderOptions options) {
    return options.resume().map(state -> options.withSeed(state.seed())).orElse(options);
  }

  private Ordered mixed(LoaderOptions asked, MixSource mix, List<VersionContent> contents) {
    if (asked.form().ragged().windowed()) {
      throw new RefusedException(
          ErrorCode.UNSUPPORTED,
          "samples of a mix are not gathered anew by "
              + asked.form().ragged()
              + ": pad them, or"
              + " leave them one behind the other");
    }
    List<OrderShape> shapes = MixShapes.of(asked.order(), mix, contents, asked.batchSize());
    long[] rows = contents.stream().mapToLong(VersionContent::samples).toArray();
    BatchSchedule schedule = new MixSchedule(mix, rows, shapes, asked);
    asked.resume().ifPresent(schedule::index);
    OrderShape together = MixShapes.together(shapes, asked.batchSize());
    return new Ordered(together, schedule, samples(), false);
  }

  private EpochForecast.Memory needs(LoaderOptions asked, Ordered ordered) {
    long budgetBytes = parts.pool().budgetBytes();
    List<Column> columns = Column.of(content, specs(asked), ordered.shape(), asked);
    MemoryNeeds needs = MemoryNeeds.of(content, columns, ordered.schedule(), asked, budgetBytes);
    return new EpochForecast.Memory(
        LoaderLine.leastBytes(needs, columns, parts.threads().count()), budgetBytes);
  }

  private List<TensorSpec> specs(LoaderOptions options) {
    return options.tensors().stream().map(reads::spec).toList();
  }

  /// All samples of the version, as orders count them.
  public SampleSpace samples() {
    return Figures.space(content);
  }

  /// How large the version's tensors are, for the choice of an order.
  public VersionFigures figures() {
    return Figures.of(content);
  }

  /// How alike the labels of samples are that are stored together, by the sketches of the version's
  /// fragments. Blocks: one request for each fragment.
  ///
  /// @return empty if it is not known: the tensor has not one bool or integer for each sample, or a
  ///   fragment has no sketch of it, or there are too many to read
  /// @throws io.penstock.error.CorruptDataException if a sketch is damaged; reads go on
  public Optional<RunCorrelation> runCorrelation(String tensor) {
    return SketchedCorrelation.read(store, content, reads.spec(tensor));
  }

  /// The stored bytes of every chunk of some tensors, in the order in which they lie on the store.
  /// Going through them reads catalogs, and blocks.
  public Iterable<RangeRequest> storedChunks(List<String> names) {
    return () -> new StoredChunks(tensors, content.fragments().size(), names).iterator();
  }

  /// A loader was closed. An open one holds on to its engine by this.
  private void forget(Loader loader) {
    loaders.remove(loader);
  }

  /// Checks every object of every fragment: presence, length, SHA-256, index, each chunk's checksum
  /// and decoding, catalogs and metadata. Reports each problem and goes on. Blocks.
  ///
  /// @param share of the chunks to check, above 0 to 1; below 1 a fixed pseudo-random choice
  public VerifySummary verify(double share, Consumer<Problem> problems) {
    return verifier.verify(share, problems);
  }

  /// What a check found in all.
  ///
  /// @param objects that were looked at
  /// @param chunks that were decoded
  /// @param bytes that were read
  public record VerifySummary(long objects, long chunks, long bytes) {}

  /// One piece of damage.
  ///
  /// @param code stable, such as `data-corrupt`
  /// @param object key
  /// @param tensor name, or empty where none is affected
  /// @param fromSample first affected position
  /// @param toSample end of them, exclusive
  /// @param message the words that a read of those samples fails with
  public record Problem(
      String code, String object, String tensor, long fromSample, long toSample, String message) {}

  /// Closes its loaders and releases catalogs. Idempotent.
  @Override
  public void close() {
    loaders.forEach(Loader::close);
    tensors.clear();
  }
}
