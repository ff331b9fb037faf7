package io.penstock.cli;

import io.penstock.Penstock;
import io.penstock.bench.Costs;
import io.penstock.bench.SyntheticSource;
import io.penstock.bench.WriteBench;
import io.penstock.bench.WriteResult;
import io.penstock.convert.ConversionOptions;
import io.penstock.convert.SampleSource;
import io.penstock.convert.SampleSources;
import io.penstock.convert.SourceSpec;
import io.penstock.load.LoaderStats;
import io.penstock.tensor.Shape;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Measures.
@CommandLine.Command(
    name = "bench",
    description = "Measure reading and writing.",
    subcommands = {
      BenchReadCommand.class,
      BenchLoadCommand.class,
      BenchCommand.Write.class,
      BenchGetCommand.class
    })
@SuppressWarnings("NullAway.Init") // picocli sets the specification
final class BenchCommand implements Runnable {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  boolean help;

  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "say what to measure: read, load, write or get");
  }

  /// Writes a new dataset.
  @CommandLine.Command(
      name = "write",
      description =
          "Write a new dataset, from inputs as convert takes them or made up, and measure.")
  @SuppressWarnings("NullAway.Init") // picocli sets the arguments
  static final class Write extends Command {
    @Mixin final StoreOptions stores = new StoreOptions();
    @Mixin final WriteLayoutOptions layout = new WriteLayoutOptions();

    @Parameters(
        index = "0..*",
        arity = "1..*",
        paramLabel = "[[NAME=]SRC...] DST",
        description = "Inputs, if any, and the dataset to make.")
    List<String> places;

    @Option(
        names = "--samples",
        paramLabel = "N",
        description = "Made-up pictures, without inputs. Default: 2000.")
    long samples = 2000;

    @Option(
        names = "--shape",
        paramLabel = "H,W[,C]",
        split = ",",
        description = "Shape of a made-up picture. Default: 224,224,3.")
    long[] shape = {224, 224, 3};

    @Option(
        names = "--seed",
        paramLabel = "N",
        description = "Seed of made-up pictures. Default: 1.")
    long seed = 1;

    @Option(
        names = "--epochs",
        paramLabel = "N",
        description = "How many times the samples are written, a commit each. Default: 1.")
    int epochs = 1;

    @Option(names = "--decode", description = "Store images as pixels.")
    boolean decode;

    @Override
    public Integer call() {
      DatasetUri target = DatasetUri.parse(places.getLast()).wholeDataset();
      ConversionOptions options =
          layout.options(false, target.branch(), "bench write", stores.memory);
      try (Penstock penstock = stores.penstock(options.blockBytes())) {
        WriteResult result =
            new WriteBench(penstock, target.root(), options, terminal().nanoTime())
                .run(sources(), epochs);
        print(document(result));
      }
      return SUCCESS;
    }

    private Supplier<SampleSource> sources() {
      if (places.size() == 1) {
        return () -> new SyntheticSource(Shape.of(shape), samples, seed);
      }
      List<SourceSpec> inputs =
          places.subList(0, places.size() - 1).stream().map(SourceSpec::parse).toList();
      return () -> SampleSources.open(inputs, decode);
    }

    private static Document document(WriteResult result) {
      Document.Fields fields =
          new Document.Fields()
              .with("epochs", result.epochs().stream().map(Write::row).toList())
              .with("storedBytes", new ByteCount(result.storedBytes()))
              .with("bytesPut", new ByteCount(result.costs().bytesPut()));
      WriteResult.Pass last = result.epochs().getLast();
      return Document.object(
          costs(fields, result.costs()),
          "epochs",
          List.of(rate(last.samples() / last.seconds(), last.decodedBytes() / last.seconds())));
    }

    private static Object row(WriteResult.Pass pass) {
      return new Document.Fields()
          .with("epoch", pass.epoch())
          .with("samples", pass.samples())
          .with("seconds", pass.seconds())
          .with("samplesPerSecond", pass.samples() / pass.seconds())
          .with("decodedBytesPerSecond", pass.decodedBytes() / pass.seconds())
          .map();
    }
  }

  static Document.Fields costs(Document.Fields fields, Costs costs) {
    return fields
        .with("cpuSecondsPerDecodedGB", costs.cpuSecondsPerDecodedGB())
        .with("requests", costs.requests())
        .with("bytesFetched", new ByteCount(costs.bytesFetched()))
        .with("bytesUsed", new ByteCount(costs.bytesUsed()))
        .with("mostInFlight", costs.mostInFlight())
        .with("budgetBytes", new ByteCount(costs.budgetBytes()))
        .with("peakPoolBytes", new ByteCount(costs.peakPoolBytes()))
        .with(
            "peakRssBytes",
            costs.peakRssBytes().isPresent()
                ? new ByteCount(costs.peakRssBytes().getAsLong())
                : null);
  }

  static Document.Fields sending(Document.Fields fields, LoaderStats.Sending sending) {
    return fields
        .with("stalled", sending.stalled())
        .with("hedged", sending.hedged())
        .with("hedgesWon", sending.hedgesWon())
        .with("stolen", sending.stolen())
        .with("concurrencyReached", sending.concurrency() == 0 ? null : sending.concurrency());
  }

  static String rate(double samplesPerSecond, double bytesPerSecond) {
    return String.format(
        Locale.ROOT, "%.0f samples/s, %.3f GB/s", samplesPerSecond, bytesPerSecond / 1e9);
  }
}
