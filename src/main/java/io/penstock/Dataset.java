package io.penstock;

import io.penstock.buffer.BufferPool;
import io.penstock.cache.Preload;
import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.OutcomeUnknownException;
import io.penstock.error.RefusedException;
import io.penstock.format.FragmentEntry;
import io.penstock.format.RefRecord;
import io.penstock.format.VersionContent;
import io.penstock.format.VersionLink;
import io.penstock.read.ReadEngine;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import io.penstock.version.MetadataReport;
import io.penstock.version.Resolution;
import io.penstock.version.StoredVersion;
import io.penstock.version.VersionLog;
import java.net.URI;
import java.time.Instant;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A versioned dataset at a URI. All methods that look at versions or names do I/O and block.
/// Thread-safe. Close it after its versions' loaders and its writers.
public final class Dataset implements AutoCloseable {
  private final Penstock penstock;
  private final Store store;
  private final VersionLog log;
  private final CacheUse cache;

  /// Those that are still in use; a version that nobody holds any more takes its engine along.
  private final Set<ReadEngine> engines = Collections.newSetFromMap(new WeakHashMap<>());

  Dataset(Penstock penstock, Store store, VersionLog log) {
    this.penstock = penstock;
    this.store = store;
    this.log = log;
    this.cache = new CacheUse(store, penstock.cache(), log.root().datasetId());
  }

  /// Where it lies.
  public URI uri() {
    return store.uri();
  }

  /// Its id, 32 hexadecimal digits, given at creation.
  public String id() {
    return log.root().datasetId();
  }

  /// When it was created.
  public Instant created() {
    return log.root().created();
  }

  /// The store it lies on, for tools; closed with the dataset.
  public Store store() {
    return store;
  }

  /// The newest version of `main`, every commit that was acknowledged before the call included.
  public Version version() {
    return version(Ref.latest());
  }

  /// The version that a reference means.
  ///
  /// @throws io.penstock.error.NotFoundException with code `VERSION_NOT_FOUND`
  public Version version(Ref ref) {
    return new Version(this, find(ref));
  }

  /// Begins a writer; tensors need to be declared only if the dataset has none yet.
  public DatasetWriter.Builder writer() {
    return new DatasetWriter.Builder(penstock, this);
  }

  /// The versions from a reference back to the first one, newest first, read as they are consumed.
  public Stream<Version> history(Ref ref) {
    Iterator<StoredVersion> versions = log.history(find(ref));
    return Stream.generate(() -> versions)
        .takeWhile(Iterator::hasNext)
        .map(Iterator::next)
        .map(stored -> new Version(this, stored));
  }

  /// The branches and tags there are, by name.
  public List<Name> names() {
    return log.refs().stream().map(this::named).toList();
  }

  /// A branch or a tag.
  ///
  /// @param name unique among both
  /// @param kind branch or tag
  /// @param version what it means now, such as `main:12`
  /// @param created when the name was made
  public record Name(String name, Kind kind, String version, Instant created) {
    /// What a name can be.
    public enum Kind {
      /// Moves with each commit.
      BRANCH,
      /// One version for ever.
      TAG
    }
  }

  /// Makes a branch that begins at a version.
  ///
  /// @throws io.penstock.error.ConflictException with code `NAME_EXISTS`
  public void createBranch(String name, Ref start) {
    log.createBranch(name, find(start).link());
  }

  /// Ends a branch. Its versions stay as long as something else reaches them.
  public void deleteBranch(String name) {
    log.deleteBranch(name);
  }

  /// Gives a version a name for ever.
  ///
  /// @throws io.penstock.error.ConflictException with code `NAME_EXISTS`
  public void createTag(String name, Ref version) {
    log.createTag(name, find(version).link());
  }

  /// Takes a tag away.
  public void deleteTag(String name) {
    log.deleteTag(name);
  }

  /// Settles a commit whose outcome is unknown: after it the commit is in the history, and its
  /// version is returned, or it never will be, and the result is empty.
  public Optional<Version> resolve(OutcomeUnknownException doubtful) {
    return resolve(doubtful.branch(), doubtful.number(), doubtful.commitId());
  }

  /// The same for a commit whose description was kept: branch, number and commit id of the
  /// [OutcomeUnknownException].
  public Optional<Version> resolve(String branch, long number, String commitId) {
    return switch (log.resolve(branch, number, commitId)) {
      case Resolution.Applied(StoredVersion version) -> Optional.of(new Version(this, version));
      case Resolution.NotApplied _ -> Optional.empty();
    };
  }

  /// Checks the metadata that a version rests on, back to the first version, and every object of
  /// every fragment of it, on the store and past any cache. Reports each problem and goes on.
  ///
  /// @param share of the chunks to read and decode, above 0 to 1
  /// @throws CorruptDataException if the version's own record or its pages are damaged, so that
  ///   what belongs to it is not known
  public Verification verify(Ref ref, double share, Consumer<Problem> problems) {
    StoredVersion stored = find(ref);
    MetadataReport metadata = log.verify(stored, Long.MAX_VALUE);
    AtomicLong count = new AtomicLong(metadata.problems().size());
    for (MetadataReport.Problem found : metadata.problems()) {
      problems.accept(new Problem(found.code(), found.object(), "", -1, -1, found.message()));
    }
    ReadEngine.VerifySummary data =
        new ReadEngine(store, log.content(stored), penstock.readParts())
            .verify(
                share,
                found -> {
                  count.incrementAndGet();
                  problems.accept(
                      new Problem(
                          found.code(),
                          found.object(),
                          found.tensor(),
                          found.fromSample(),
                          found.toSample(),
                          found.message()));
                });
    return new Verification(
        metadata.objects() + data.objects(),
        data.chunks(),
        metadata.bytes() + data.bytes(),
        count.get());
  }

  /// What a check looked at.
  ///
  /// @param objects that were looked at
  /// @param chunks that were decoded
  /// @param bytes that were read
  /// @param problems that were found
  public record Verification(long objects, long chunks, long bytes, long problems) {}

  /// One piece of damage.
  ///
  /// @param code stable, such as `data-corrupt`
  /// @param object key
  /// @param tensor name, or empty where the damage affects no tensor
  /// @param fromSample first affected position in the version, −1 where none is affected
  /// @param toSample end of them, exclusive
  /// @param message what was found and expected, in the words of a failing read
  public record Problem(
      String code, String object, String tensor, long fromSample, long toSample, String message) {}

  /// Closes the loaders of its versions, and the store.
  @Override
  public void close() {
    List<ReadEngine> open;
    synchronized (engines) {
      open = List.copyOf(engines);
    }
    open.forEach(ReadEngine::close);
    cache.close();
  }

  VersionLog log() {
    return log;
  }

  Map<String, String> environment() {
    return penstock.environment();
  }

  BufferPool pool() {
    return penstock.readParts().pool();
  }

  CacheUse cache() {
    return cache;
  }

  Optional<Preload> preload(Iterable<RangeRequest> chunks) {
    return cache.preload(chunks, penstock.requests());
  }

  /// A reading line over a version's content, closed with this dataset at the latest.
  ReadEngine newEngine(VersionContent content) {
    ReadEngine engine = new ReadEngine(cache.store(), content, penstock.readParts());
    cache.expect(
        engine,
        CacheUse.below(
            content.fragments().stream().map(FragmentEntry::id).collect(Collectors.toSet())),
        engine.figures().storedBytes());
    synchronized (engines) {
      engines.add(engine);
    }
    return engine;
  }

  /// A reading line over several versions, one behind the other, closed with the first of their
  /// datasets.
  ///
  /// @param versions the first of which is of this dataset
  /// @param tensors that all of them have
  /// @throws RefusedException if they are not all of one [Penstock]
  ReadEngine newEngine(List<Version> versions, List<String> tensors) {
    List<Dataset> datasets = versions.stream().map(Version::dataset).toList();
    for (Dataset other : datasets) {
      if (other.penstock != penstock) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            other.uri() + " and " + uri() + " cannot be mixed: open both with the same Penstock");
      }
    }
    ReadEngine engine =
        ReadEngine.over(
            datasets.stream().map(dataset -> dataset.cache.store()).toList(),
            versions.stream().map(Version::content).toList(),
            tensors,
            penstock.readParts());
    for (Dataset each : datasets) {
      synchronized (each.engines) {
        each.engines.add(engine);
      }
    }
    return engine;
  }

  private StoredVersion find(Ref ref) {
    return switch (ref) {
      case Ref.Numbered(String branch, long number) -> log.at(branch, number);
      case Ref.AsOf(String branch, Instant time) -> log.asOf(branch, time);
      case Ref.Named(String name) when name.equals(Ref.MAIN) -> log.latest(name);
      case Ref.Named(String name) -> meaning(name);
    };
  }

  private StoredVersion meaning(String name) {
    RefRecord ref =
        log.find(name)
            .orElseThrow(() ->
                new NotFoundException(
                    ErrorCode.VERSION_NOT_FOUND, uri() + " has no branch or tag named " + name));
    return switch (ref.meaning()) {
      case RefRecord.Branch _ -> log.latest(name);
      case RefRecord.Tag(VersionLink target) -> log.load(target);
      case RefRecord.Deleted _ -> throw new AssertionError("a deleted name was found: " + ref);
    };
  }

  private Name named(RefRecord ref) {
    return switch (ref.meaning()) {
      case RefRecord.Branch _ ->
          new Name(ref.name(), Name.Kind.BRANCH, log.latest(ref.name()).toString(), ref.time());
      case RefRecord.Tag(VersionLink target) ->
          new Name(ref.name(), Name.Kind.TAG, target.toString(), ref.time());
      case RefRecord.Deleted _ -> throw new AssertionError("a deleted name was listed: " + ref);
    };
  }
}
