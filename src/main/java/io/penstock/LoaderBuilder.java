package io.penstock;

import io.penstock.format.TensorSpec;
import io.penstock.load.Loader;
import io.penstock.load.LoaderOptions;
import io.penstock.load.LoaderState;
import io.penstock.load.OnBadSample;
import io.penstock.load.Order;
import io.penstock.load.Remainder;
import io.penstock.load.Share;
import java.util.List;
import java.util.Optional;

/// Settings of a [Loader]. Not thread-safe.
public final class LoaderBuilder {
  private final View view;
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

  LoaderBuilder(View view) {
    this.view = view;
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

  /// Which rank this is of how many; by default the only one.
  public LoaderBuilder share(int rank, int worldSize) {
    share = new Share(rank, worldSize);
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

  /// How many epochs will be read, if that is known: so that the next one is fetched while the last
  /// batches of this one are consumed.
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

  /// The largest batch in bytes, for ragged tensors; a quarter of the budget by default.
  public LoaderBuilder maxBatchBytes(long bytes) {
    maxBatchBytes = bytes;
    return this;
  }

  /// Makes the loader. The caller closes it. Reads the version's pages, if it has any, and finds
  /// out which samples the view has, if it was not used before.
  ///
  /// @throws io.penstock.error.RefusedException if the memory budget does not allow what was asked
  ///   for, saying what would
  public Loader build() {
    Version version = view.version();
    List<String> names =
        tensors.orElseGet(
            () -> version.record().schema().tensors().stream().map(TensorSpec::name).toList());
    names.forEach(version::tensor);
    Loader loader =
        version
            .engine()
            .loader(
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
                view.source());
    version.expect(loader, names, order.stickyHomes() ? share.worldSize() : 1);
    return loader;
  }
}
