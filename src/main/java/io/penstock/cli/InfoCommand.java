package io.penstock.cli;

import io.penstock.Dataset;
import io.penstock.Tensor;
import io.penstock.Version;
import io.penstock.load.OrderShape;
import io.penstock.load.ShuffleAdvisor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/// Says what a version is.
@CommandLine.Command(
    name = "info",
    description = "Describe a version: samples, tensors, bytes, digest.")
final class InfoCommand extends DatasetCommand {
  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Predict, too, how well batches of N samples will mix the labels.")
  @Nullable Integer batch;

  @Override
  int run(Dataset dataset) {
    Version version = dataset.version(uri.wholeDataset().refOrLatest());
    Document.Fields fields = Descriptions.version(dataset.uri().toString(), version);
    if (batch != null) {
      OrderShape order = version.loader().batchSize(batch).plan().order();
      fields.with("mixing", mixing(version, order));
    }
    print(Document.object(fields, "tensors", List.of(version.name())));
    return SUCCESS;
  }

  private static Document.Fields mixing(Version version, OrderShape order) {
    List<Object> labels = new ArrayList<>();
    for (Tensor tensor : version.tensors()) {
      version
          .shuffleAdvisor(tensor.name(), order)
          .map(advisor -> advisor.advice(ShuffleAdvisor.TARGET))
          .ifPresent(advice ->
              labels.add(
                  new Document.Fields()
                      .with("tensor", tensor.name())
                      .with("correlation", advice.correlation())
                      .with("designEffect", advice.batch())
                      .with("designEffectOf20", advice.batches())
                      .with("lanesNeeded", advice.lanesNeeded())
                      .map()));
    }
    return new Document.Fields()
        .with("batch", order.batch())
        .with("order", order.level().name().toLowerCase(Locale.ROOT))
        .with("runSamples", order.runSamples())
        .with("lanes", order.lanes())
        .with("labels", labels);
  }
}
