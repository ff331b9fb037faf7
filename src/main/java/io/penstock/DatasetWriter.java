package io.penstock;

import io.penstock.error.ConflictException;
import io.penstock.error.ErrorCode;
import io.penstock.error.OutcomeUnknownException;
import io.penstock.error.RefusedException;
import io.penstock.format.Provenance;
import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.format.VersionLink;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.version.Append;
import io.penstock.version.CommitOutcome;
import io.penstock.version.Session;
import io.penstock.version.StoredVersion;
import io.penstock.write.FragmentWriter;
import io.penstock.write.FragmentWriter.Column;
import io.penstock.write.WriteOptions;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/// One fragment in the making. One thread at a time. Nothing is visible before [#commit]; closing
/// without it discards what was written (whole objects may stay behind as orphans, which no version
/// reaches).
public final class DatasetWriter implements AutoCloseable {
  /// Well within any grace that a collection leaves to sessions.
  private static final Duration RENEWAL = Duration.ofMinutes(5);

  private final Penstock penstock;
  private final Dataset dataset;
  private final Session session;
  private final Schema schema;
  private final FragmentWriter fragment;
  private final CommitTexts texts;
  private Instant renewed;
  private boolean closed;

  /// What a commit says beside its data.
  private record CommitTexts(
      String author,
      Map<String, String> metadata,
      Optional<Provenance> provenance,
      Optional<VersionLink> basedOn) {}

  private DatasetWriter(Builder settings, Session session, Schema schema) {
    this.penstock = settings.penstock;
    this.dataset = settings.dataset;
    this.session = session;
    this.schema = schema;
    this.fragment =
        new FragmentWriter(
            dataset.store(),
            session.newFragmentId(),
            schema,
            settings.options(),
            penstock.writeParts());
    this.texts =
        new CommitTexts(settings.author, settings.metadata, settings.provenance, settings.basedOn);
    this.renewed = penstock.clock().instant();
  }

  /// Appends samples to all tensors; memory of `samples` may be reused when this returns. Blocks
  /// while the memory budget is full.
  ///
  /// @throws io.penstock.error.RefusedException if a tensor is missing, unknown, or of another
  ///   size; nothing was appended then
  public void append(Samples samples) {
    checkOpen();
    List<Column> columns = new ArrayList<>();
    for (TensorSpec tensor : schema.tensors()) {
      columns.add(column(tensor, samples));
    }
    for (String given : samples.values().keySet()) {
      if (schema.find(given).isEmpty()) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT, "the schema has no tensor named " + given);
      }
    }
    renewIfDue();
    fragment.append(samples.count(), columns);
  }

  /// The tensors that every [#append] gives values for.
  public Schema schema() {
    return schema;
  }

  /// Samples so far.
  public long samples() {
    return fragment.samples();
  }

  /// Writes what is left and commits it; concurrent appends of others are no conflict. The writer
  /// is closed afterwards. Without samples nothing is committed and the newest version is returned.
  ///
  /// @throws io.penstock.error.ConflictException if a concurrent commit changed what this one needs
  /// @throws io.penstock.error.OutcomeUnknownException if nobody knows; see [Dataset#resolve]
  public Version commit(String message) {
    checkOpen();
    try (this) {
      if (fragment.samples() == 0) {
        return dataset.version(Ref.branch(session.head().link().branch()));
      }
      FragmentWriter.Written written = fragment.finish();
      Append append =
          new Append(
              schema,
              List.of(new Append.NewFragment(written.layout(), written.entry())),
              texts.author,
              message,
              texts.metadata,
              texts.provenance,
              texts.basedOn);
      return committed(dataset.log().commit(session, append));
    }
  }

  /// Discards what was not committed. Idempotent.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (fragment) {
      dataset.log().close(session);
    }
  }

  private Version committed(CommitOutcome outcome) {
    return switch (outcome) {
      case CommitOutcome.Committed(StoredVersion version) -> new Version(dataset, version);
      case CommitOutcome.Conflict(VersionLink winner, String clash) ->
          throw new ConflictException(
              ErrorCode.COMMIT_CONFLICT,
              dataset.uri() + ": the commit conflicts with " + winner + ": " + clash);
      case CommitOutcome.Unknown(String branch, long number, String commitId, String reason) ->
          throw new OutcomeUnknownException(
              branch,
              number,
              commitId,
              dataset.uri()
                  + ": nobody knows whether commit "
                  + commitId
                  + " is "
                  + branch
                  + ":"
                  + number
                  + ": "
                  + reason,
              null);
    };
  }

  private static Column column(TensorSpec tensor, Samples samples) {
    Samples.Values values = samples.values().get(tensor.name());
    if (values == null) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "no values for tensor " + tensor.name());
    }
    MemorySegment shapes = values.shapes();
    if (tensor.ragged() == (shapes.byteSize() == 0)) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "tensor "
              + tensor.name()
              + " has samples of shape "
              + tensor.sampleShape()
              + (tensor.ragged() ? "; give them by withRagged()" : "; give them by with()"));
    }
    return tensor.ragged()
        ? new Column.Ragged(values.elements(), shapes)
        : new Column.Fixed(values.elements());
  }

  private void renewIfDue() {
    Instant now = penstock.clock().instant();
    if (Duration.between(renewed, now).compareTo(RENEWAL) > 0) {
      dataset.log().renew(session);
      renewed = now;
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new RefusedException(ErrorCode.CLOSED, "the writer is closed");
    }
  }

  /// Settings of a writer. Not thread-safe.
  public static final class Builder {
    private final Penstock penstock;
    private final Dataset dataset;
    private final List<TensorSpec> tensors = new ArrayList<>();
    private final Map<String, String> metadata = new TreeMap<>();
    private String branch = Ref.MAIN;
    private OptionalLong chunkSamples = OptionalLong.empty();
    private long chunkBytes = WriteOptions.DEFAULT.chunkBytes();
    private long shardBytes = WriteOptions.DEFAULT.shardBytes();
    private String codec = WriteOptions.DEFAULT.codec();
    private Optional<WriteOptions.Shuffle> shuffle = Optional.empty();
    private String author = System.getProperty("user.name", "");
    private Optional<Provenance> provenance = Optional.empty();
    private Optional<VersionLink> basedOn = Optional.empty();

    Builder(Penstock penstock, Dataset dataset) {
      this.penstock = penstock;
      this.dataset = dataset;
    }

    /// The branch to commit to; `main` by default.
    public Builder branch(String name) {
      branch = name;
      return this;
    }

    /// Declares a tensor.
    public Builder tensor(TensorSpec spec) {
      tensors.add(spec);
      return this;
    }

    /// Declares a tensor of a fixed or ragged sample shape.
    public Builder tensor(String name, DataType type, Shape sampleShape) {
      return tensor(TensorSpec.of(name, type, sampleShape));
    }

    /// Declares a tensor of byte strings, such as encoded images.
    public Builder bytes(String name, String mediaType) {
      return tensor(
          new TensorSpec(
              name,
              DataType.UINT8,
              Shape.of(Shape.RAGGED),
              List.of(),
              Optional.of(mediaType),
              Optional.empty()));
    }

    /// Declares a tensor of UTF-8 texts.
    public Builder text(String name) {
      return bytes(name, "text/plain;charset=utf-8");
    }

    /// Group size c: samples that are always read together. By default from [#chunkBytes].
    public Builder chunkSamples(long samples) {
      chunkSamples = OptionalLong.of(samples);
      return this;
    }

    /// Decoded bytes that a chunk of the largest tensor aims at; 1 MiB by default.
    public Builder chunkBytes(long bytes) {
      chunkBytes = bytes;
      return this;
    }

    /// Decoded bytes that a shard aims at; 256 MiB by default.
    public Builder shardBytes(long bytes) {
      shardBytes = bytes;
      return this;
    }

    /// `auto` (default), `none`, `zstd:LEVEL` or `gzip:LEVEL`.
    public Builder codec(String name) {
      codec = name;
      return this;
    }

    /// Shuffles samples before they are written, within a window of so many bytes of the memory
    /// budget, with the seed 0; off by default. See [#preShuffle(long, long)].
    public Builder preShuffle(long bytes) {
      return preShuffle(bytes, 0);
    }

    /// The same with a seed. Samples are collected until the window is full, and written in a
    /// permuted order, all tensors of a sample together: what lies together then comes from the
    /// whole window, and a reader has less to shuffle. 4 % of the data go a long way. The same
    /// samples with the same bytes and seed give the same digest; algorithm, seed and window are
    /// recorded with the fragment.
    ///
    /// [#open] refuses a window that exceeds the memory budget, or holds less than two samples. A
    /// single sample that is larger is written where it stands.
    ///
    /// @throws RefusedException for less than one byte
    public Builder preShuffle(long bytes, long seed) {
      shuffle = Optional.of(new WriteOptions.Shuffle(bytes, seed));
      return this;
    }

    /// Who commits; the operating system's user by default.
    public Builder author(String name) {
      author = name;
      return this;
    }

    /// A free pair for the version's metadata.
    public Builder metadata(String key, String value) {
      metadata.put(key, value);
      return this;
    }

    /// Where the data comes from.
    public Builder provenance(Provenance source) {
      provenance = Optional.of(source);
      return this;
    }

    /// Makes this version a hard precondition: if the branch has moved on, the commit is a
    /// conflict.
    public Builder basedOn(Version version) {
      basedOn = Optional.of(version.link());
      return this;
    }

    /// Opens the session. Blocks.
    ///
    /// @throws io.penstock.error.RefusedException if tensors are missing, or are declared
    ///   differently from those that the dataset has
    public DatasetWriter open() {
      Session session = dataset.log().begin(branch);
      try {
        return new DatasetWriter(this, session, schema(session.head().record().schema()));
      } catch (RuntimeException | Error e) {
        dataset.log().close(session);
        throw e;
      }
    }

    private Schema schema(Schema present) {
      if (present.tensors().isEmpty() && tensors.isEmpty()) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            dataset.uri() + " has no tensors yet: declare those that shall be written");
      }
      Schema declared = new Schema(tensors);
      if (present.tensors().isEmpty()) {
        return declared;
      }
      for (TensorSpec tensor : tensors) {
        Optional<TensorSpec> known = present.find(tensor.name());
        if (known.isEmpty()
            || known.get().type() != tensor.type()
            || !known.get().sampleShape().equals(tensor.sampleShape())) {
          throw new RefusedException(
              ErrorCode.INVALID_ARGUMENT,
              "tensor "
                  + tensor.name()
                  + " is declared as "
                  + describe(tensor)
                  + "; the dataset has "
                  + known.map(Builder::describe).orElse("no such tensor"));
        }
      }
      return present;
    }

    private static String describe(TensorSpec tensor) {
      return tensor.type().zarrName() + " " + tensor.sampleShape();
    }

    private WriteOptions options() {
      return new WriteOptions(chunkSamples, chunkBytes, shardBytes, codec, shuffle);
    }
  }
}
