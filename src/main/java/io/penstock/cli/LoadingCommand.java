package io.penstock.cli;

import io.penstock.LoaderBuilder;
import io.penstock.Penstock;
import io.penstock.bench.EpochResult;
import io.penstock.bench.LoadBench;
import io.penstock.bench.LoadResult;
import io.penstock.bench.MemoryGrowth;
import io.penstock.load.Bottleneck;
import io.penstock.load.LoaderStats;
import io.penstock.load.ShuffleReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// A command that reads epochs batch by batch and measures.
@SuppressWarnings("NullAway.Init") // picocli sets the argument
abstract class LoadingCommand extends Command {
  @Mixin final StoreOptions stores = new StoreOptions();

  @Parameters(
      index = "0",
      paramLabel = "URI",
      converter = DatasetUri.Converter.class,
      description = "The dataset, with @REF for a version and #TENSOR for one tensor.")
  DatasetUri uri;

  @Option(names = "--batch", paramLabel = "N", description = "Samples of a batch. Default: 256.")
  int batch = 256;

  @Option(names = "--epochs", paramLabel = "N", description = "Measured epochs. Default: 2.")
  int epochs = 2;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      description = "Epochs before measuring begins. Default: 0.")
  int warmUp;

  @Option(
      names = "--tensors",
      paramLabel = "NAME",
      split = ",",
      description = "Which tensors are read. Default: all.")
  List<String> tensors = List.of();

  @Option(
      names = "--step",
      paramLabel = "TIME",
      converter = Interval.Converter.class,
      description = "How long the consumer is busy with each batch, such as 5ms. Default: 0.")
  Duration step = Duration.ZERO;

  @Option(
      names = "--headroom",
      description =
          "Also measure the ceiling: how fast the consumer would be if batches were copied from"
              + " memory.")
  boolean headroom;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Also write a page with plots, complete in one file.")
  @Nullable Path html;

  @Override
  public final Integer call() {
    try (Penstock penstock = stores.penstock(0)) {
      LoadBench.Options options =
          new LoadBench.Options(
              uri.root(), uri.refOrLatest(), this::ask, warmUp, epochs, step, headroom);
      LoadResult result = new LoadBench(penstock, options, terminal().nanoTime()).run();
      Document document = document(result);
      if (html != null) {
        LoadPage.write(html, "penstock " + name() + " " + uri.root(), result, document);
      }
      print(document);
    }
    return SUCCESS;
  }

  private String name() {
    return spec.qualifiedName().substring(spec.root().name().length() + 1);
  }

  private void ask(LoaderBuilder loader) {
    loader.batchSize(batch);
    if (uri.tensor().isPresent()) {
      loader.tensors(uri.tensor().get());
    } else if (!tensors.isEmpty()) {
      loader.tensors(tensors.toArray(String[]::new));
    }
    order(loader);
  }

  /// Says in which order the samples come.
  abstract void order(LoaderBuilder loader);

  private static Document document(LoadResult result) {
    Document.Fields fields =
        new Document.Fields().with("cold", opening(new Document.Fields(), result.cold()));
    opening(fields, result.warm())
        .with("epochs", result.epochs().stream().map(LoadingCommand::row).toList());
    BenchCommand.costs(fields, result.costs());
    stats(fields, result);
    waits(fields, result);
    EpochResult last = result.epochs().getLast();
    result.headroom().ifPresent(ceiling -> fields.with("headroom", ceiling(ceiling, last)));
    return Document.object(
        fields,
        "epochs",
        List.of(BenchCommand.rate(last.samplesPerSecond(), last.decodedBytesPerSecond())));
  }

  private static void stats(Document.Fields fields, LoadResult result) {
    LoaderStats.Fetching fetching = result.stats().fetching();
    Bottleneck bottleneck = result.stats().bottleneck();
    Double correlation =
        result.runCorrelation().isPresent() ? result.runCorrelation().getAsDouble() : null;
    fields
        .with("designEffect", result.designEffect())
        .with("bottleneck", bottleneck.kind().name())
        .with("evidence", bottleneck.evidence())
        .with("runCorrelation", correlation)
        .with(
            "sameRunPairs",
            result.mixing(ShuffleReport.Span.BATCH).map(window -> window.measured().fraction()))
        .with(
            "sameRunPairsPromised",
            result.mixing(ShuffleReport.Span.BATCH).map(window -> window.predicted().fraction()))
        .with("requestMillisMedian", fetching.median().toNanos() / 1e6)
        .with("requestMillisP99", fetching.p99().toNanos() / 1e6)
        .with("bytesFetchedTwice", new ByteCount(fetching.bytesFetchedTwice()))
        .with("retries", fetching.retries())
        .with("throttled", fetching.throttled());
    BenchCommand.sending(fields, fetching.sending());
  }

  private static void waits(Document.Fields fields, LoadResult result) {
    OptionalDouble turn = result.turnMillis();
    Optional<MemoryGrowth> memory = result.memory();
    fields
        .with("waitMillisMedian", result.epochs().getLast().medianWaitMillis())
        .with("turnMillis", turn.isPresent() ? turn.getAsDouble() : null)
        .with("rssGrowthBytes", memory.map(growth -> new ByteCount(growth.rssBytes())))
        .with("rssGrowthAllowedBytes", memory.map(growth -> new ByteCount(growth.allowedBytes())))
        .with("rssGrowthAllowed", memory.map(MemoryGrowth::allowed));
  }

  private static Document.Fields opening(Document.Fields fields, LoadResult.Opening opening) {
    return fields
        .with("openMillis", opening.openMillis())
        .with("firstBatchMillis", opening.firstBatchMillis());
  }

  private static Object row(EpochResult epoch) {
    return new Document.Fields()
        .with("epoch", epoch.epoch())
        .with("samples", epoch.samples())
        .with("seconds", epoch.seconds())
        .with("samplesPerSecond", epoch.samplesPerSecond())
        .with("decodedBytesPerSecond", epoch.decodedBytesPerSecond())
        .with("stallShare", epoch.stallShare())
        .with("sampleIdSum", epoch.sampleIdSum())
        .map();
  }

  private static Document.Fields ceiling(EpochResult ceiling, EpochResult reached) {
    double rate = ceiling.samplesPerSecond();
    return new Document.Fields()
        .with("samplesPerSecond", rate)
        .with("decodedBytesPerSecond", ceiling.decodedBytesPerSecond())
        .with("reachedShare", rate == 0 ? 0 : reached.samplesPerSecond() / rate);
  }
}
