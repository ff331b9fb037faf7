package io.penstock.cli;

import io.penstock.Dataset;
import io.penstock.Ref;
import picocli.CommandLine;

/// Tags.
@CommandLine.Command(
    name = "tag",
    description = "List tags, name a version for ever (URI@REF NAME), or delete a tag.")
final class TagCommand extends NameCommand {
  TagCommand() {
    super(Dataset.Name.Kind.TAG);
  }

  @Override
  void create(Dataset dataset, String newName, Ref version) {
    dataset.createTag(newName, version);
  }

  @Override
  void delete(Dataset dataset, String oldName) {
    dataset.deleteTag(oldName);
  }
}
