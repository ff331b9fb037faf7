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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Reads a version in its own order, batch after batch, as fast as it comes, and measures.
///
/// The dataset is opened and its first batch taken twice: the first time the process is cold. The
/// caller does nothing with a batch but add up its sample ids, so the rate is that of the library.
public final class ReadBench {
  private final Penstock penstock;
  private final Options options;
  private final LongSupplier nanoTime;

  /// What to read.
  ///
  /// @param uri of the dataset
  /// @param ref the version
  /// @param tensors their names; all if empty
  /// @param batchSize samples of a batch
  /// @param warmUpEpochs that are read before measuring begins
  /// @param epochs that are measured
  public record Options(
      String uri, Ref ref, List<String> tensors, int batchSize, int warmUpEpochs, int epochs) {
    /// Checks the counts.
    public Options {
      tensors = List.copyOf(tensors);
      if (warmUpEpochs < 0 || epochs < 1) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT,
            "epochs "
                + epochs
                + " and warm-up epochs "
                + warmUpEpochs
                + ": one epoch is the least");
      }
    }
  }

  /// A bench that has not run. Borrows the instance, whose peak of memory it reports.
  ///
  /// @param nanoTime a clock for intervals
  public ReadBench(Penstock penstock, Options options, LongSupplier nanoTime) {
    this.penstock = penstock;
    this.options = options;
    this.nanoTime = nanoTime;
  }

  /// Runs. Blocks.
  public ReadResult run() {
    ReadResult.Opening cold = opening();
    ReadResult.Opening warm = opening();
    Traffic traffic = new Traffic();
    try (Dataset dataset = open(traffic);
        Loader loader = loader(dataset.version(options.ref()))) {
      for (int i = 0; i < options.warmUpEpochs(); i++) {
        epoch(loader);
      }
      long cpuBefore = ProcessUsage.cpuNanos();
      List<EpochResult> epochs = new ArrayList<>();
      long decodedBytes = 0;
      for (int i = 0; i < options.epochs(); i++) {
        EpochResult result = epoch(loader);
        decodedBytes += result.decodedBytes();
        epochs.add(result);
      }
      long cpu = ProcessUsage.cpuNanos() - cpuBefore;
      return new ReadResult(cold, warm, epochs, Costs.of(cpu, decodedBytes, traffic, penstock));
    }
  }

  private ReadResult.Opening opening() {
    long start = nanoTime.getAsLong();
    try (Dataset dataset = open(new Traffic())) {
      Version version = dataset.version(options.ref());
      long opened = nanoTime.getAsLong();
      try (Loader loader = loader(version)) {
        loader.next().ifPresent(Batch::close);
        long first = nanoTime.getAsLong();
        return new ReadResult.Opening((opened - start) / 1e6, (first - start) / 1e6);
      }
    }
  }

  private EpochResult epoch(Loader loader) {
    long number = loader.epoch();
    long start = nanoTime.getAsLong();
    long waited = 0;
    long samples = 0;
    long bytes = 0;
    long idSum = 0;
    long asked = start;
    Optional<Batch> next = loader.next();
    while (next.isPresent()) {
      waited += nanoTime.getAsLong() - asked;
      try (Batch batch = next.get()) {
        samples += batch.samples();
        for (String tensor : batch.tensors()) {
          bytes += batch.tensor(tensor).segment().byteSize();
        }
        for (long id : batch.sampleIds()) {
          idSum += id;
        }
      }
      asked = nanoTime.getAsLong();
      next = loader.next();
    }
    long nanos = nanoTime.getAsLong() - start;
    double stallShare = nanos == 0 ? 0 : (double) waited / nanos;
    return new EpochResult(number, samples, bytes, nanos / 1e9, stallShare, idSum);
  }

  private Dataset open(Traffic traffic) {
    return penstock.open(new CountingStore(penstock.store(options.uri()), traffic));
  }

  private Loader loader(Version version) {
    LoaderBuilder builder = version.loader().sequential().batchSize(options.batchSize());
    if (!options.tensors().isEmpty()) {
      builder.tensors(options.tensors().toArray(String[]::new));
    }
    return builder.build();
  }
}
