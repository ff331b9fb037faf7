package io.penstock;

import io.penstock.buffer.BufferPool;
import io.penstock.cache.Preload;
import io.penstock.format.Digest;
import io.penstock.format.FragmentEntry;
import io.penstock.format.PageRef;
import io.penstock.format.TensorExtent;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionContent;
import io.penstock.format.VersionLink;
import io.penstock.format.VersionRecord;
import io.penstock.load.OrderShape;
import io.penstock.load.RunCorrelation;
import io.penstock.load.SampleSpace;
import io.penstock.load.ShuffleAdvisor;
import io.penstock.read.ReadEngine;
import io.penstock.version.StoredVersion;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
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

  /// How alike the labels of samples are that are stored together, for runs of any length: what
  /// [io.penstock.load.ShuffleAdvisor] predicts from. The labels are not read; writers leave small
  /// sketches of them. Blocks for one request for each fragment.
  ///
  /// @param tensor of one bool or integer for each sample
  /// @return empty if it is not known: the tensor is of another kind, has too many labels, or was
  ///   written without sketches; or the version has more than 4,096 fragments
  /// @throws io.penstock.error.NotFoundException with code `TENSOR_NOT_FOUND`
  /// @throws io.penstock.error.CorruptDataException if a sketch is damaged; reads go on
  public Optional<RunCorrelation> runCorrelation(String tensor) {
    return engine().runCorrelation(spec(tensor).name());
  }

  /// Predicts how well an order mixes the labels of all samples of this version. Blocks as
  /// [#runCorrelation] does, and is empty when that is.
  ///
  /// @param tensor of one bool or integer for each sample
  /// @param order as [io.penstock.load.Loader#order] tells it
  public Optional<ShuffleAdvisor> shuffleAdvisor(String tensor, OrderShape order) {
    return runCorrelation(tensor)
        .map(correlation -> new ShuffleAdvisor(order, space(), correlation));
  }

  /// All its samples as a view, to be narrowed: `version.view().where("label", Match.equal(3))`.
  public View view() {
    return new View(this, List.of());
  }

  /// Begins a loader over this version.
  public LoaderBuilder loader() {
    return view().loader();
  }

  /// Begins to fill the cache with what it will keep of some tensors, while other work goes on, so
  /// that already the first epoch finds it there. Returns at once; the caller closes the result,
  /// which ends it. Of no use with sticky homes, where a rank reads a part of its own: its first
  /// epoch fills the cache.
  ///
  /// @param tensors all if none is named
  /// @return empty if there is no cache, or the dataset is on a local disk itself
  /// @throws io.penstock.error.NotFoundException with code `TENSOR_NOT_FOUND`
  public Optional<Preload> preload(String... tensors) {
    List<TensorSpec> specs =
        tensors.length == 0
            ? record().schema().tensors()
            : Stream.of(tensors).map(this::spec).toList();
    List<String> names = specs.stream().map(TensorSpec::name).toList();
    expect(this, names, 1);
    return dataset.preload(engine().storedChunks(names));
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

  /// Says to the cache, if there is one, that somebody reads some tensors, and of them always the
  /// same part, one of so many; for as long as anybody holds on to him.
  void expect(Object reader, List<String> tensors, int parts) {
    expect(reader, space(), tensors, parts);
  }

  /// The same for some samples: only the chunks that hold any of them.
  void expect(Object reader, SampleSpace samples, List<String> tensors, int parts) {
    long bytes = 0;
    Set<String> below = new HashSet<>();
    List<FragmentEntry> fragments = content().fragments();
    for (int f = 0; f < fragments.size(); f++) {
      FragmentEntry fragment = fragments.get(f);
      double read = samples.rowsOfLiveChunks(f) / (double) Math.max(1, fragment.rows());
      for (TensorExtent extent : fragment.extents()) {
        if (tensors.contains(extent.tensor())) {
          bytes += Math.round(extent.storedBytes() * read);
          below.add(fragment.id() + "/" + extent.tensor());
        }
      }
    }
    dataset.cache().expect(reader, CacheUse.below(below), bytes / parts);
  }

  /// All its rows. Reads the record's pages, if it has any.
  synchronized SampleSpace space() {
    if (space == null) {
      space = engine().samples();
    }
    return space;
  }

  Dataset dataset() {
    return dataset;
  }

  BufferPool pool() {
    return dataset.pool();
  }

  /// The environment of the process, as the composition root has read it.
  Map<String, String> environment() {
    return dataset.environment();
  }

  VersionLink link() {
    return stored.link();
  }

  private TensorSpec spec(String name) {
    return record().schema().require(name, this);
  }
}
