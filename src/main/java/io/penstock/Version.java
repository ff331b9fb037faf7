package io.penstock;

import io.penstock.buffer.BufferPool;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.format.Digest;
import io.penstock.format.FragmentEntry;
import io.penstock.format.PageRef;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.format.VersionLink;
import io.penstock.format.VersionRecord;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderState;
import io.penstock.load.OnBadSample;
import io.penstock.load.Order;
import io.penstock.load.OrderSource;
import io.penstock.load.Remainder;
import io.penstock.load.SampleSpace;
import io.penstock.load.Share;
import io.penstock.read.ReadEngine;
import io.penstock.version.StoredVersion;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One version of a dataset, pinned: whatever is committed later, it stays what it is. Immutable
/// and thread-safe; valid until its dataset is closed. Keeps what it has read of its fragments'
/// metadata, so hold on to it while reading.
public final class Version {
  private final Dataset dataset;
  private final StoredVersion stored;
  private @Nullable VersionContent content;
  private @Nullable SampleSpace space;
  private @Nullable ReadEngine engine;

  Version(Dataset dataset, StoredVersion stored) {
    this.dataset = dataset;
    this.stored = stored;
  }

  /// Its name, such as `main:12`.
  public String name() {
    return stored.toString();
  }

  /// The record as it stands on the store: number, time, author, message, operation, schema,
  /// layouts.
  public VersionRecord record() {
    return stored.record();
  }

  /// SHA-256 of the stored record: names this version in this dataset.
  public Digest recordDigest() {
    return stored.link().record();
  }

  /// Digest of all samples and their schema, without ids, keys, times and names: equal for the same
  /// samples written twice in the same way.
  public Digest digest() {
    return record().content();
  }

  /// Samples.
  public long samples() {
    return record().samples();
  }

  /// Stored bytes of all fragments.
  public long bytes() {
    return record().pages().stream().mapToLong(PageRef::bytes).sum()
        + record().fragments().stream().mapToLong(FragmentEntry::bytes).sum();
  }

  /// How many fragments it has.
  public long fragments() {
    return record().pages().stream().mapToLong(PageRef::fragments).sum()
        + record().fragments().size();
  }

  /// Fragments and their layouts. The first call reads the record's pages, if it has any, and
  /// blocks.
  public synchronized VersionContent content() {
    if (content == null) {
      content = dataset.log().content(stored);
    }
    return content;
  }

  /// The tensors, in schema order.
  public List<Tensor> tensors() {
    return record().schema().tensors().stream().map(spec -> new Tensor(this, spec)).toList();
  }

  /// One tensor.
  ///
  /// @throws io.penstock.error.NotFoundException with code `TENSOR_NOT_FOUND`
  public Tensor tensor(String name) {
    return new Tensor(this, spec(name));
  }

  /// All its samples as a view, to be narrowed: `version.view().where("label", Match.equal(3))`.
  public View view() {
    return new View(this, List.of());
  }

  /// Begins a loader over this version.
  public LoaderBuilder loader() {
    return new LoaderBuilder(this);
  }

  /// Its name and its dataset.
  @Override
  public String toString() {
    return dataset.uri() + "@" + name();
  }

  synchronized ReadEngine engine() {
    if (engine == null) {
      engine = dataset.newEngine(content());
    }
    return engine;
  }

  /// All its rows. Reads the record's pages, if it has any.
  synchronized SampleSpace space() {
    if (space == null) {
      space = engine().samples();
    }
    return space;
  }

  BufferPool pool() {
    return dataset.pool();
  }

  VersionLink link() {
    return stored.link();
  }

  private TensorSpec spec(String name) {
    return record()
        .schema()
        .find(name)
        .orElseThrow(() ->
            new NotFoundException(
                ErrorCode.TENSOR_NOT_FOUND,
                this
                    + " has no tensor named "
                    + name
                    + "; it has "
                    + record().schema().tensors().stream()
                        .map(TensorSpec::name)
                        .collect(Collectors.joining(", "))));
  }

  /// Settings of a [Loader]. Not thread-safe.
  public static final class LoaderBuilder {
    private final Version version;
    private Optional<List<String>> tensors = Optional.empty();
    private int batchSize = 256;
    private Order order = Order.shuffled();
    private long seed;
    private Share share = Share.WHOLE;
    private Remainder remainder = Remainder.UNEVEN;
    private OnBadSample onBadSample = OnBadSample.FAIL;
    private long maxBatchBytes;
    private long epochs;
    private Optional<LoaderState> resume = Optional.empty();

    private LoaderBuilder(Version version) {
      this.version = version;
    }

    /// Which tensors, in this order; all by default.
    public LoaderBuilder tensors(String... names) {
      tensors = Optional.of(List.of(names));
      return this;
    }

    /// Samples in a global batch, over all ranks; 256 by default. The world size must divide it.
    public LoaderBuilder batchSize(int samples) {
      batchSize = samples;
      return this;
    }

    /// The order of the samples; by default [Order#shuffled]: what suits the version.
    public LoaderBuilder order(Order order) {
      this.order = order;
      return this;
    }

    /// The order of the version itself, without shuffling.
    public LoaderBuilder sequential() {
      return order(Order.sequential());
    }

    /// Bytes of memory, over all ranks, that the shuffled order is chosen for; by default 4 % of
    /// the stored bytes, at least 128 MiB, at most 1 GiB. Part of the order: all ranks must say the
    /// same.
    public LoaderBuilder orderMemory(long bytes) {
      return order(new Order.Shuffled(bytes, false));
    }

    /// The seed of the order; 0 by default.
    public LoaderBuilder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /// Which rank this is of how many; by default the only one.
    public LoaderBuilder share(int rank, int worldSize) {
      share = new Share(rank, worldSize);
      return this;
    }

    /// What becomes of the last samples of an epoch that do not fill a global batch; by default
    /// they come as a smaller one.
    public LoaderBuilder remainder(Remainder remainder) {
      this.remainder = remainder;
      return this;
    }

    /// What becomes of damaged samples; by default their batch fails.
    public LoaderBuilder onBadSample(OnBadSample action) {
      onBadSample = action;
      return this;
    }

    /// How many epochs will be read, if that is known: so that the next one is fetched while the
    /// last batches of this one are consumed.
    public LoaderBuilder epochs(long count) {
      epochs = count;
      return this;
    }

    /// Goes on where a loader stood: with its seed, and in its place. The version, the batch and
    /// the order must be the same; the ranks, the memory and the threads need not.
    public LoaderBuilder resume(LoaderState state) {
      resume = Optional.of(state);
      return this;
    }

    /// The largest batch in bytes, for ragged tensors; a quarter of the budget by default.
    public LoaderBuilder maxBatchBytes(long bytes) {
      maxBatchBytes = bytes;
      return this;
    }

    /// Makes the loader. The caller closes it. Reads the version's pages, if it has any.
    ///
    /// @throws io.penstock.error.RefusedException if the memory budget does not allow what was
    ///   asked for, saying what would
    public Loader build() {
      List<String> names =
          tensors.orElseGet(
              () -> version.record().schema().tensors().stream().map(TensorSpec::name).toList());
      names.forEach(version::spec);
      ReadEngine engine = version.engine();
      return engine.loader(
          new LoaderOptions(
              names,
              batchSize,
              order,
              seed,
              share,
              remainder,
              onBadSample,
              maxBatchBytes,
              epochs,
              resume),
          new OrderSource(version.space(), version.digest().hex(), ""));
    }
  }
}
