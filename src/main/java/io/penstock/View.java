package io.penstock;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.Digest;
import io.penstock.format.TensorSpec;
import io.penstock.load.OrderSource;
import io.penstock.load.SampleSpace;
import io.penstock.load.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A version restricted to some of its samples: those that meet every condition. Each method that
/// adds a condition returns a narrower view and leaves this one as it is. Immutable and
/// thread-safe; valid until the version's dataset is closed.
///
/// Which samples these are is found out once, at the first call that needs to know ([#samples],
/// [#hash], [LoaderBuilder#build] and the like): it blocks, reads each tensor that a condition
/// names, block by block, and takes one bit of heap for each row of the version meanwhile and at
/// most 1.1 bits afterwards.
public final class View {
  private static final Logger LOG = LoggerFactory.getLogger(View.class);

  private final Version version;
  private final List<Condition> conditions;
  private @Nullable SampleSpace space;
  private @Nullable Digest hash;

  View(Version version, List<Condition> conditions) {
    this.version = version;
    this.conditions = List.copyOf(conditions);
  }

  /// Only samples whose value of a tensor meets a condition.
  ///
  /// @param tensor of one number a sample; not complex
  /// @throws io.penstock.error.NotFoundException with code `TENSOR_NOT_FOUND`
  /// @throws RefusedException for a tensor that has more than one number a sample or is ragged, and
  ///   for a number that its type has not
  public View where(String tensor, Match match) {
    TensorSpec spec = version.tensor(tensor).spec();
    if (spec.ragged() || spec.sampleShape().elements() != 1) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "tensor "
              + tensor
              + " has samples of shape "
              + spec.sampleShape()
              + ": samples are chosen by tensors of one number a sample");
    }
    return with(new Condition.Where(spec, match, match.on(spec.type())));
  }

  /// Only samples with these ids; in the order of the version, each once.
  ///
  /// @param ids of samples of the version; whether they are is checked when the view is first used
  public View withIds(long... ids) {
    return with(new Condition.Ids(ids, true));
  }

  /// Only samples without these ids.
  ///
  /// @param ids of samples of the version; whether they are is checked when the view is first used
  public View withoutIds(long... ids) {
    return with(new Condition.Ids(ids, false));
  }

  /// Only samples of a share that is chosen by a hash of the sample id.
  public View split(Split split) {
    return with(new Condition.InSplit(split));
  }

  /// Only samples that another view has too.
  ///
  /// @param other of the same version
  /// @throws RefusedException if it is not
  public View and(View other) {
    if (!other.version.link().equals(version.link())) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "a view of " + other.version + " cannot restrict one of " + version);
    }
    List<Condition> both = new ArrayList<>(conditions);
    both.addAll(other.conditions);
    return new View(version, both);
  }

  private View with(Condition condition) {
    List<Condition> longer = new ArrayList<>(conditions);
    longer.add(condition);
    return new View(version, longer);
  }

  /// The version.
  public Version version() {
    return version;
  }

  /// Samples. Blocks when the view is first used.
  ///
  /// @throws io.penstock.error.NotFoundException with code `SAMPLE_NOT_FOUND` for an id that the
  ///   version has not
  public long samples() {
    return space().samples();
  }

  /// SHA-256 over the rows of the version that the view has: with the version's digest it names the
  /// samples, however they were chosen. Blocks when the view is first used.
  public Digest hash() {
    SampleSpace found = space();
    synchronized (this) {
      if (hash == null) {
        hash = new Digest(found.hash());
      }
      return hash;
    }
  }

  /// The position in the version of one of the view's samples, as [Tensor] reads it. Blocks when
  /// the view is first used.
  ///
  /// @param sample 0 to [#samples] − 1, in the order of the version
  public long position(long sample) {
    SampleSpace found = space();
    if (sample < 0 || sample >= found.samples()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "sample " + sample + " is not within the " + found.samples() + " samples of " + this);
    }
    return found.row(sample);
  }

  /// The view's samples as a share of those in the chunks that have to be decoded for them; 1 for a
  /// view without samples. Below 0.2 a warning is logged when the view is first used: to copy the
  /// samples into a dataset of their own would make reading them so much cheaper. Blocks when the
  /// view is first used.
  public double chunkUtilisation() {
    return space().chunkUtilisation();
  }

  /// Begins a loader over the view's samples.
  public LoaderBuilder loader() {
    return new LoaderBuilder(new LoaderSource.OfView(this));
  }

  /// The view's samples, and what names them in a loader's state. A view of all samples of the
  /// version is the version.
  OrderSource source() {
    SampleSpace found = space();
    boolean whole = found.samples() == version.space().samples();
    return new OrderSource(found, version.digest().hex(), whole ? "" : hash().hex());
  }

  /// The view's rows.
  synchronized SampleSpace space() {
    if (space == null) {
      space = Condition.all(version, conditions);
      warn(space);
    }
    return space;
  }

  private void warn(SampleSpace found) {
    double used = found.chunkUtilisation();
    if (used < SampleSpace.LOW_UTILISATION) {
      LOG.warn(
          "{}: its {} samples are {} % of those in the chunks that are read for them; a dataset of"
              + " these samples alone would need so much less reading",
          this, found.samples(), String.format(Locale.ROOT, "%.1f", 100 * used));
    }
  }

  /// The version and the conditions.
  @Override
  public String toString() {
    return conditions.isEmpty()
        ? version.toString()
        : version
            + " where "
            + conditions.stream().map(Condition::toString).collect(Collectors.joining(" and "));
  }
}
