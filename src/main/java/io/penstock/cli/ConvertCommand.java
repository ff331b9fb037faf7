package io.penstock.cli;

import io.penstock.Penstock;
import io.penstock.Version;
import io.penstock.convert.Conversion;
import io.penstock.convert.ConversionOptions;
import io.penstock.convert.ConversionPlan;
import io.penstock.convert.Destination;
import io.penstock.convert.SampleSource;
import io.penstock.convert.SampleSources;
import io.penstock.convert.SourceSpec;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Converts the files of others into a dataset.
@CommandLine.Command(
    name = "convert",
    description = {
      "Convert files into a dataset, in one commit.",
      "Inputs: IDX (plain or gzip), NPY, NPZ, folders of images. Several inputs are tensors of the"
          + " same samples."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the arguments
final class ConvertCommand extends Command {
  @Mixin final StoreOptions stores = new StoreOptions();
  @Mixin final WriteLayoutOptions layout = new WriteLayoutOptions();

  @Parameters(
      index = "0..*",
      arity = "2..*",
      paramLabel = "[NAME=]SRC... DST",
      description =
          "Inputs, then the dataset: s3://bucket/prefix, file:/directory or a path;"
              + " @BRANCH for a branch other than main. FILE.npz#ARRAY takes one array.")
  List<String> places;

  @Option(names = "--append", description = "Add the samples to a dataset that is there.")
  boolean append;

  @Option(
      names = {"-m", "--message"},
      paramLabel = "TEXT",
      description = "Message of the commit. Default: one that names the inputs.")
  String message = "";

  @Option(names = "--decode", description = "Store images as pixels, not as their encoded bytes.")
  boolean decode;

  @Option(names = "--plan", description = "Print what would be done, and do nothing.")
  boolean plan;

  @Override
  public Integer call() {
    DatasetUri target = DatasetUri.parse(places.getLast()).wholeDataset();
    List<SourceSpec> inputs =
        places.subList(0, places.size() - 1).stream().map(SourceSpec::parse).toList();
    ConversionOptions options = layout.options(append, target.branch(), message, stores.memory);
    try (SampleSource source = SampleSources.open(inputs, decode);
        Penstock penstock = stores.penstock(options.blockBytes())) {
      Conversion conversion =
          new Conversion(source, Destination.of(penstock, target.root()), options);
      if (plan) {
        print(planned(conversion.plan(), options));
      } else {
        print(converted(conversion, target.root()));
      }
    }
    return SUCCESS;
  }

  private Document converted(Conversion conversion, String uri) {
    try (Progress progress = new Progress(terminal(), output.quiet)) {
      Version version = conversion.run(progress);
      Document document =
          Document.object(
              Descriptions.version(uri, version).with("seconds", progress.seconds()),
              version.name());
      if (talkative()) {
        terminal().say(progress.summary());
      }
      return document;
    }
  }

  private static Document planned(ConversionPlan plan, ConversionOptions options) {
    return Document.object(
        new Document.Fields()
            .with("inputs", plan.inputs())
            .with("uri", plan.destination())
            .with("creates", plan.creates())
            .with("branch", plan.branch())
            .with("samples", plan.samples())
            .with(
                "decodedBytes",
                Optional.of(plan.decodedBytes())
                    .filter(b -> b.isPresent())
                    .map(b -> new ByteCount(b.getAsLong())))
            .with("codec", options.codec())
            .with("chunkSamples", options.chunkSamples())
            .with("chunkBytes", new ByteCount(options.chunkBytes()))
            .with("shardBytes", new ByteCount(options.shardBytes()))
            .with("shuffle", options.shuffle().map(Descriptions::shuffle))
            .with(
                "tensors",
                plan.tensors().stream()
                    .map(spec -> Descriptions.tensorInFull(spec).map())
                    .toList()),
        plan.destination());
  }
}
