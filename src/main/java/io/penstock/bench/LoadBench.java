package io.penstock.bench;

import io.penstock.Dataset;
import io.penstock.LoaderBuilder;
import io.penstock.Penstock;
import io.penstock.Ref;
import io.penstock.Version;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.load.LoaderStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Reads epochs of a version through a loader and measures.
///
/// The dataset is opened and its first batch taken twice: the first time the process is cold. The
/// epochs come from a third loader. The caller does nothing with a batch but add up its sample ids
/// and, if asked to, wait for as long as a step of training takes; so the rate is that of the
/// library, or that of the consumer if this is less.
public final class LoadBench {
  private final Penstock penstock;
  private final Options options;
  private final LongSupplier nanoTime;
  private final BatchConsumer consumer;

  /// What to read.
  ///
  /// @param uri of the dataset
  /// @param ref the version
  /// @param loader what the loader is asked for; the number of epochs is said to it afterwards
  /// @param warmUpEpochs that are read before measuring begins
  /// @param epochs that are measured
  /// @param step how long the consumer is busy with each batch
  /// @param headroom whether to measure afterwards how fast the consumer would be if its batches
  ///   were copied from memory
  public record Options(
      String uri,
      Ref ref,
      Consumer<LoaderBuilder> loader,
      int warmUpEpochs,
      int epochs,
      Duration step,
      boolean headroom) {
    /// Checks the numbers.
    public Options {
      if (warmUpEpochs < 0 || epochs < 1) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "epochs "
                + epochs
                + " and warm-up epochs "
                + warmUpEpochs
                + ": one epoch is the least");
      }
      if (step.isNegative()) {
        throw new RefusedException(ErrorCode.INVALID_ARGUMENT, "step " + step + " is negative");
      }
    }

    /// Epochs as fast as they come, without warming up.
    public static Options of(String uri, Ref ref, Consumer<LoaderBuilder> loader, int epochs) {
      return new Options(uri, ref, loader, 0, epochs, Duration.ZERO, false);
    }
  }

  /// A bench that has not run. Borrows the instance, whose peak of memory it reports.
  ///
  /// @param nanoTime a clock for intervals
  public LoadBench(Penstock penstock, Options options, LongSupplier nanoTime) {
    this.penstock = penstock;
    this.options = options;
    this.nanoTime = nanoTime;
    this.consumer = new BatchConsumer(options.step(), nanoTime);
  }

  /// Runs. Blocks.
  public LoadResult run() {
    AtomicReference<MemoryGrowth.Start> start = new AtomicReference<>();
    LoadResult.Opening cold = opening(() -> start.set(MemoryGrowth.Start.now()));
    LoadResult.Opening warm = opening(() -> {});
    Traffic traffic = new Traffic();
    try (Dataset dataset = open(traffic);
        Loader loader = loader(dataset.version(options.ref()))) {
      for (int i = 0; i < options.warmUpEpochs(); i++) {
        consumer.epoch(loader);
      }
      if (options.warmUpEpochs() > 0) {
        traffic.forget();
      }
      LoaderStats before = loader.stats();
      long cpuBefore = ProcessUsage.cpuNanos();
      List<EpochResult> epochs = new ArrayList<>();
      long decodedBytes = 0;
      for (int i = 0; i < options.epochs(); i++) {
        EpochResult result = consumer.epoch(loader);
        decodedBytes += result.decodedBytes();
        epochs.add(result);
      }
      long cpu = ProcessUsage.cpuNanos() - cpuBefore;
      Costs costs = Costs.of(cpu, decodedBytes, traffic, penstock);
      Optional<MemoryGrowth> memory =
          start.get().growth(penstock.memoryBudgetBytes(), traffic.mostInFlight());
      LoaderStats stats = loader.stats().since(before);
      OptionalDouble correlation = runCorrelation(dataset.version(options.ref()), stats);
      return new LoadResult(
          cold, warm, epochs, costs, memory, stats, correlation, headroom(loader));
    }
  }

  private LoadResult.Opening opening(Runnable whenOpen) {
    long start = nanoTime.getAsLong();
    try (Dataset dataset = open(new Traffic())) {
      Version version = dataset.version(options.ref());
      long opened = nanoTime.getAsLong();
      whenOpen.run();
      try (Loader loader = loader(version)) {
        loader.next().ifPresent(Batch::close);
        long first = nanoTime.getAsLong();
        return new LoadResult.Opening((opened - start) / 1e6, (first - start) / 1e6);
      }
    }
  }

  /// The correlation within runs of the tensor whose samples are most alike there, of those that
  /// have sketches.
  private static OptionalDouble runCorrelation(Version version, LoaderStats stats) {
    long runSamples = stats.shuffle().isEmpty() ? 1 : stats.shuffle().getLast().runSamples();
    return version.tensors().stream()
        .flatMap(tensor -> version.runCorrelation(tensor.spec().name()).stream())
        .mapToDouble(correlation -> correlation.at(runSamples))
        .max();
  }

  /// As many batches as an epoch has, each a copy of the same one into the memory of another.
  private Optional<EpochResult> headroom(Loader loader) {
    if (!options.headroom() || loader.batchesPerEpoch() == 0) {
      return Optional.empty();
    }
    try (Batch source = following(loader);
        Batch target = following(loader)) {
      return Optional.of(consumer.replay(source, target, loader.batchesPerEpoch()));
    }
  }

  /// The next batch, of the next epoch if this one is over.
  private static Batch following(Loader loader) {
    return loader.next().or(loader::next).orElseThrow();
  }

  private Dataset open(Traffic traffic) {
    return penstock.open(new CountingStore(penstock.store(options.uri()), traffic));
  }

  private Loader loader(Version version) {
    LoaderBuilder builder = version.loader();
    options.loader().accept(builder);
    return builder.epochs(options.warmUpEpochs() + options.epochs()).build();
  }
}
