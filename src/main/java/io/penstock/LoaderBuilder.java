package io.penstock;

import io.penstock.error.PenstockException;
import io.penstock.load.BatchForm;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderPlan;
import io.penstock.load.LoaderState;
import io.penstock.load.OnBadSample;
import io.penstock.load.Order;
import io.penstock.load.RaggedMode;
import io.penstock.load.Remainder;
import io.penstock.load.SampleEdit;
import io.penstock.load.SampleTransform;
import io.penstock.load.Share;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Settings of a [Loader]. What is wrong with them is said by [#build] or [#plan], all of it at
/// once. Not thread-safe.
public final class LoaderBuilder {
  private static final int DEFAULT_BATCH = 256;

  private final LoaderSource source;
  private Optional<List<String>> tensors = Optional.empty();
  private int batchSize = DEFAULT_BATCH;
  private Order order = Order.shuffled();
  private long seed;
  private int rank;
  private int worldSize = 1;
  private @Nullable PenstockException environmentProblem;
  private Remainder remainder = Remainder.UNEVEN;
  private OnBadSample onBadSample = OnBadSample.FAIL;
  private long maxBatchBytes;
  private long epochs;
  private Optional<LoaderState> resume = Optional.empty();
  private BatchForm form = BatchForm.AS_STORED;

  LoaderBuilder(LoaderSource source) {
    this.source = source;
  }

  /// Which tensors, in this order; all by default.
  public LoaderBuilder tensors(String... names) {
    tensors = Optional.of(List.of(names));
    return this;
  }

  /// Samples in a global batch, over all ranks; 256 by default. The world size must divide it. With
  /// [RaggedMode.MaxBytes] the most samples; with [RaggedMode.Pack] batches have as many as their
  /// rows hold, and this says how the samples are shuffled: choose about as many.
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

  /// Bytes of memory, over all ranks, that the shuffled order is chosen for; by default 4 % of the
  /// stored bytes, at least 128 MiB, at most 1 GiB. Part of the order: all ranks must say the same.
  public LoaderBuilder orderMemory(long bytes) {
    return order(new Order.Shuffled(bytes, false));
  }

  /// The seed of the order; 0 by default.
  public LoaderBuilder seed(long seed) {
    this.seed = seed;
    return this;
  }

  /// Which rank this is; 0 by default.
  ///
  /// @param rank 0 to [#worldSize] − 1
  public LoaderBuilder rank(int rank) {
    this.rank = rank;
    return this;
  }

  /// How many ranks share each batch; 1 by default. All of them must be given the same settings but
  /// for their rank; memory and threads may differ.
  ///
  /// @param ranks must divide the batch
  public LoaderBuilder worldSize(int ranks) {
    worldSize = ranks;
    return this;
  }

  /// Rank and world size from the environment that the [Penstock] was made in, as the launcher of
  /// the job says them: see [Share#fromEnvironment].
  public LoaderBuilder fromEnv() {
    try {
      Share share = Share.fromEnvironment(source.environment());
      rank = share.rank();
      worldSize = share.worldSize();
      environmentProblem = null;
    } catch (PenstockException e) {
      environmentProblem = e;
    }
    return this;
  }

  /// What becomes of the last samples of an epoch that do not fill a global batch; by default they
  /// come as a smaller one.
  public LoaderBuilder remainder(Remainder remainder) {
    this.remainder = remainder;
    return this;
  }

  /// What becomes of damaged samples; by default their batch fails.
  public LoaderBuilder onBadSample(OnBadSample action) {
    onBadSample = action;
    return this;
  }

  /// How many epochs will be read, counted from the first of all: so that the next one is fetched
  /// while the last batches of this one are consumed, and nothing behind the last one. Unless it is
  /// said, the next epoch is fetched early once the consumer has gone from one to another, so that
  /// a consumer who then stops has paid for some of an epoch that it does not want.
  public LoaderBuilder epochs(long count) {
    epochs = count;
    return this;
  }

  /// Goes on where a loader stood: with its seed, and in its place. The version, the batch and the
  /// order must be the same; the ranks, the memory and the threads need not.
  public LoaderBuilder resume(LoaderState state) {
    resume = Optional.of(state);
    return this;
  }

  /// How samples of different lengths become batches; by default one lies behind the other.
  public LoaderBuilder ragged(RaggedMode mode) {
    form = form.withRagged(mode);
    return this;
  }

  /// Makes another sample of each sample of a tensor, on the threads that decode: such as
  /// `io.penstock.image.ImageDecoder`, which decodes images. Hooks of a tensor run in the order in
  /// which they are given. See [io.penstock.load.SampleHook] for threads, failures and memory.
  public LoaderBuilder transform(String tensor, SampleTransform transform) {
    form = form.withHook(tensor, transform);
    return this;
  }

  /// Changes each sample of a tensor where it lies, as [#transform] does otherwise.
  public LoaderBuilder edit(String tensor, SampleEdit edit) {
    form = form.withHook(tensor, edit);
    return this;
  }

  /// The largest batch in bytes, for ragged tensors; a quarter of the budget by default.
  public LoaderBuilder maxBatchBytes(long bytes) {
    maxBatchBytes = bytes;
    return this;
  }

  /// What the loader would do. Reads no samples: only the version's pages, if it has any, and what
  /// tells which samples the view has, if it was not used before.
  ///
  /// @throws PenstockException as [#build] does, but not for want of memory: the plan says how much
  ///   it takes
  public LoaderPlan plan() {
    Problems problems = new Problems();
    LoaderOptions options = options(problems);
    return problems.unless(words(), relaxed(options), source::plan, plan -> {});
  }

  /// Makes the loader. The caller closes it. Reads the version's pages, if it has any, and finds
  /// out which samples the view has, if it was not used before.
  ///
  /// @throws PenstockException the one problem that there is, or an
  ///   [io.penstock.error.RefusedException] that lists them all, each with what to do about it:
  ///   tensors that the version has not, a batch that the ranks cannot share, an order that does
  ///   not mix, a state of other samples, memory that does not suffice
  public Loader build() {
    Problems problems = new Problems();
    LoaderOptions options = options(problems);
    return problems.unless(words(), relaxed(options), source::loader, Loader::close);
  }

  private String words() {
    return "the loader of " + source;
  }

  /// The options; what is wrong is noted and replaced, so that the rest can be looked at.
  private LoaderOptions options(Problems problems) {
    if (environmentProblem != null) {
      problems.add(environmentProblem);
    }
    List<String> names = names(problems);
    int batch = batchSize;
    if (batch < 1) {
      problems.add("batchSize " + batch + " is less than 1: choose 1 or more");
      batch = DEFAULT_BATCH;
    }
    Share share = share(problems, batch);
    long epochCount = notNegative("epochs", epochs, problems);
    long maxBytes = notNegative("maxBatchBytes", maxBatchBytes, problems);
    return new LoaderOptions(
        names,
        batch,
        order,
        seed,
        share,
        remainder,
        onBadSample,
        maxBytes,
        epochCount,
        resume,
        form(names, problems));
  }

  /// The form of the batches, without the hooks of tensors that are not read.
  private BatchForm form(List<String> names, Problems problems) {
    BatchForm known = new BatchForm(form.ragged(), java.util.Map.of());
    for (String tensor : form.hooks().keySet()) {
      if (names.contains(tensor)) {
        for (var hook : form.hooks(tensor)) {
          known = known.withHook(tensor, hook);
        }
      } else {
        problems.add("tensor " + tensor + " has a hook, but only " + names + " are read: read it");
      }
    }
    return known;
  }

  private List<String> names(Problems problems) {
    List<String> all = source.tensors();
    if (all.isEmpty()) {
      problems.add(source + " has no tensors: append samples to the dataset first");
      throw problems.failure(words());
    }
    List<String> names = new ArrayList<>();
    for (String name : tensors.orElse(all)) {
      if (names.contains(name)) {
        problems.add("tensor " + name + " is named twice: name it once");
      } else if (problems.passes(() -> source.check(name))) {
        names.add(name);
      }
    }
    if (tensors.orElse(all).isEmpty()) {
      problems.add("no tensors are named: name some of " + String.join(", ", all));
    }
    return names.isEmpty() ? all.stream().limit(1).toList() : names;
  }

  private Share share(Problems problems, int batch) {
    if (worldSize < 1) {
      problems.add("worldSize " + worldSize + " is less than 1: say how many ranks there are");
      return Share.WHOLE;
    }
    if (rank < 0 || rank >= worldSize) {
      problems.add(
          "rank "
              + rank
              + " is not one of "
              + worldSize
              + " ranks: ranks are 0 to "
              + (worldSize - 1));
    }
    Share first = new Share(0, worldSize);
    if (!problems.passes(() -> first.check(batch))) {
      return Share.WHOLE;
    }
    return rank < 0 || rank >= worldSize ? first : new Share(rank, worldSize);
  }

  private static long notNegative(String what, long number, Problems problems) {
    if (number < 0) {
      problems.add(what + " " + number + " is negative: choose 1 or more, or leave it out");
    }
    return Math.max(0, number);
  }

  /// The options, then with one after the other of those left out that hide further problems.
  private static List<Supplier<LoaderOptions>> relaxed(LoaderOptions options) {
    return List.of(
        () -> options,
        options::withoutResume,
        () -> options.withoutResume().withOnBadSample(OnBadSample.FAIL));
  }
}
