package io.penstock.cli;

import io.penstock.Dataset;
import io.penstock.Ref;
import picocli.CommandLine;

/// Branches.
@CommandLine.Command(
    name = "branch",
    description = "List branches, make one at a version (URI@REF NAME), or delete one.")
final class BranchCommand extends NameCommand {
  BranchCommand() {
    super(Dataset.Name.Kind.BRANCH);
  }

  @Override
  void create(Dataset dataset, String newName, Ref version) {
    dataset.createBranch(newName, version);
  }

  @Override
  void delete(Dataset dataset, String oldName) {
    dataset.deleteBranch(oldName);
  }
}
