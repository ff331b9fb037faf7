package io.penstock.cli;

import io.penstock.Penstock;
import io.penstock.bench.GetBench;
import io.penstock.bench.GetResult;
import io.penstock.load.LoaderStats;
import io.penstock.store.StoreCounts;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Reads ranges of objects.
@CommandLine.Command(
    name = "get",
    description = "Read ranges of objects at random places, and measure the way to the store.")
@SuppressWarnings("NullAway.Init") // picocli sets the argument
final class BenchGetCommand extends Command {
  @Mixin final StoreOptions stores = new StoreOptions();

  @Parameters(
      index = "0",
      paramLabel = "URI",
      description = "Where the objects are: s3://BUCKET/PREFIX, or a directory.")
  String uri;

  @Option(
      names = "--range",
      paramLabel = "SIZE",
      converter = ByteCount.Converter.class,
      description = "Length of each range. Default: 8MiB.")
  long range = 8L << 20;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      converter = ByteCount.Converter.class,
      description =
          "Make an object of this length, read it, and delete it. Default: read what is there.")
  @Nullable Long size;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      description = "Ranges asked for at once. Default: 32.")
  int concurrency = 32;

  @Option(names = "--requests", paramLabel = "N", description = "Measured ranges. Default: 1000.")
  int requests = 1_000;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      description = "Ranges before measuring begins. Default: 100.")
  int warmUp = 100;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of the places. Default: 0.")
  long seed;

  @Override
  public Integer call() {
    OptionalLong makes = size == null ? OptionalLong.empty() : OptionalLong.of(size);
    GetBench.Options options =
        new GetBench.Options(uri, makes, range, concurrency, requests, warmUp, seed);
    try (Penstock penstock = stores.penstock(0)) {
      print(document(new GetBench(penstock, options, terminal().nanoTime()).run()));
    }
    return SUCCESS;
  }

  private Document document(GetResult result) {
    StoreCounts.Reads reads = result.counts().reads();
    Document.Fields fields =
        new Document.Fields()
            .with("uri", result.store())
            .with("endpoint", stores.endpoint)
            .with("transport", stores.transport)
            .with("objects", result.objects())
            .with("rangeBytes", new ByteCount(result.rangeBytes()))
            .with("concurrency", result.concurrency())
            .with("requests", result.requests())
            .with("seconds", result.seconds())
            .with("bytesFetched", new ByteCount(result.bytes()))
            .with("bytesPerSecond", result.bytesPerSecond())
            .with("requestsPerSecond", result.requests() / result.seconds())
            .with("cpuSecondsPerGB", result.cpuSecondsPerGB())
            .with("cpuMicrosPerRequest", result.cpuMicrosPerRequest())
            .with("requestMillisMedian", result.millisMedian())
            .with("requestMillisP99", result.millisP99())
            .with("retries", result.counts().repeated())
            .with("throttled", result.counts().throttled());
    BenchCommand.sending(
        fields,
        new LoaderStats.Sending(
            reads.stalled(),
            reads.hedged(),
            reads.hedgesWon(),
            reads.stolen(),
            reads.concurrency()));
    return Document.object(
        fields.with(
            "peakRssBytes",
            result.peakRssBytes().isPresent()
                ? new ByteCount(result.peakRssBytes().getAsLong())
                : null),
        String.format(
            Locale.ROOT,
            "%.3f GB/s, %.3f CPU s/GB, %.1f us a request",
            result.bytesPerSecond() / 1e9,
            result.cpuSecondsPerGB(),
            result.cpuMicrosPerRequest()));
  }
}
