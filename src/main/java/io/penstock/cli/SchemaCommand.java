package io.penstock.cli;

import io.penstock.Dataset;
import io.penstock.Tensor;
import java.util.List;
import picocli.CommandLine;

/// Lists the tensors of a version.
@CommandLine.Command(name = "schema", description = "List the tensors of a version.")
final class SchemaCommand extends DatasetCommand {
  @Override
  int run(Dataset dataset) {
    List<Tensor> tensors = dataset.version(uri.wholeDataset().refOrLatest()).tensors();
    print(
        Document.array(
            tensors.stream().map(tensor -> Descriptions.tensorInFull(tensor.spec()).map()).toList(),
            tensors.stream().map(Tensor::name).toList()));
    return SUCCESS;
  }
}
