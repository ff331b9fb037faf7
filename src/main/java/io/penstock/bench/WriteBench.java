package io.penstock.bench;

import io.penstock.Penstock;
import io.penstock.Version;
import io.penstock.convert.Conversion;
import io.penstock.convert.ConversionOptions;
import io.penstock.convert.Destination;
import io.penstock.convert.SampleSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Writes samples into a new dataset, once or several times, each time as one commit, and measures
/// from the first sample to the acknowledged commit. Reading the input is part of it.
public final class WriteBench {
  private final Penstock penstock;
  private final String uri;
  private final ConversionOptions options;
  private final LongSupplier nanoTime;

  /// A bench that has not run. Borrows the instance, whose peak of memory it reports.
  ///
  /// @param uri of the dataset, which must not be there yet
  /// @param nanoTime a clock for intervals
  public WriteBench(
      Penstock penstock, String uri, ConversionOptions options, LongSupplier nanoTime) {
    this.penstock = penstock;
    this.uri = uri;
    this.options = options;
    this.nanoTime = nanoTime;
  }

  /// Runs. Blocks.
  ///
  /// @param sources opens the samples anew for each time
  /// @param epochs how many times they are written
  public WriteResult run(Supplier<SampleSource> sources, int epochs) {
    Traffic traffic = new Traffic();
    Destination destination =
        new Destination(penstock, uri, place -> new CountingStore(penstock.store(place), traffic));
    List<WriteResult.Pass> results = new ArrayList<>();
    long cpuBefore = ProcessUsage.cpuNanos();
    long decodedBytes = 0;
    long storedBytes = 0;
    for (int epoch = 0; epoch < epochs; epoch++) {
      try (SampleSource source = sources.get()) {
        ConversionOptions once = epoch == 0 ? options : options.appending();
        AtomicLong bytes = new AtomicLong();
        AtomicLong samples = new AtomicLong();
        long start = nanoTime.getAsLong();
        Version version =
            new Conversion(source, destination, once)
                .run((written, decoded, _) -> {
                  samples.set(written);
                  bytes.set(decoded);
                });
        double seconds = (nanoTime.getAsLong() - start) / 1e9;
        results.add(new WriteResult.Pass(epoch, samples.get(), bytes.get(), seconds));
        decodedBytes += bytes.get();
        storedBytes = version.bytes();
      }
    }
    long cpu = ProcessUsage.cpuNanos() - cpuBefore;
    return new WriteResult(results, storedBytes, Costs.of(cpu, decodedBytes, traffic, penstock));
  }
}
