package io.penstock.cli;

import io.penstock.Dataset;
import io.penstock.Version;
import java.util.List;
import picocli.CommandLine;

/// Says what a version is.
@CommandLine.Command(
    name = "info",
    description = "Describe a version: samples, tensors, bytes, digest.")
final class InfoCommand extends DatasetCommand {
  @Override
  int run(Dataset dataset) {
    Version version = dataset.version(uri.wholeDataset().refOrLatest());
    print(
        Document.object(
            Descriptions.version(dataset.uri().toString(), version),
            "tensors",
            List.of(version.name())));
    return SUCCESS;
  }
}
