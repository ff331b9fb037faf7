package io.penstock.cli;

import io.penstock.Dataset;
import io.penstock.Ref;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `branch` and `tag`: they list names, make one, or take one away.
@SuppressWarnings("NullAway.Init") // picocli sets the argument
abstract sealed class NameCommand extends DatasetCommand {
  @Command(
      name = "branch",
      description = "List branches, make one at a version (URI@REF NAME), or delete one.")
  static final class Branch extends NameCommand {
    Branch() {
      super(Dataset.Name.Kind.BRANCH);
    }
  }

  @Command(
      name = "tag",
      description = "List tags, name a version for ever (URI@REF NAME), or delete a tag.")
  static final class Tag extends NameCommand {
    Tag() {
      super(Dataset.Name.Kind.TAG);
    }
  }

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "NAME",
      description = "Make this name for the version that URI means. Without it, list the names.")
  @Nullable String name;

  @Option(names = "--delete", description = "Take the name away.")
  boolean delete;

  @Option(names = "--apply", description = "Really do what --delete would do.")
  boolean apply;

  private final Dataset.Name.Kind kind;

  NameCommand(Dataset.Name.Kind kind) {
    this.kind = kind;
  }

  @Override
  final int run(Dataset dataset) {
    Ref version = uri.wholeDataset().refOrLatest();
    if (name == null) {
      list(dataset);
    } else if (delete) {
      remove(dataset, name);
    } else {
      create(dataset, name, version);
      printOne(find(dataset, name));
    }
    return SUCCESS;
  }

  private void create(Dataset dataset, String newName, Ref version) {
    switch (kind) {
      case BRANCH -> dataset.createBranch(newName, version);
      case TAG -> dataset.createTag(newName, version);
    }
  }

  private void delete(Dataset dataset, String oldName) {
    switch (kind) {
      case BRANCH -> dataset.deleteBranch(oldName);
      case TAG -> dataset.deleteTag(oldName);
    }
  }

  private void list(Dataset dataset) {
    List<Dataset.Name> names =
        dataset.names().stream().filter(name -> name.kind() == kind).toList();
    print(
        Document.array(
            names.stream().map(name -> fields(name).map()).toList(),
            names.stream().map(Dataset.Name::name).toList()));
  }

  private void remove(Dataset dataset, String oldName) {
    Dataset.Name found = find(dataset, oldName);
    if (apply) {
      delete(dataset, oldName);
    } else if (talkative()) {
      terminal().say("would delete this " + word() + "; --apply does it");
    }
    printOne(found);
  }

  private void printOne(Dataset.Name found) {
    print(Document.object(fields(found), found.name()));
  }

  private Dataset.Name find(Dataset dataset, String wanted) {
    Optional<Dataset.Name> found =
        dataset.names().stream()
            .filter(candidate -> candidate.kind() == kind && candidate.name().equals(wanted))
            .findFirst();
    return found.orElseThrow(() ->
        new NotFoundException(
            ErrorCode.VERSION_NOT_FOUND, dataset.uri() + " has no " + word() + " named " + wanted));
  }

  private Document.Fields fields(Dataset.Name found) {
    return new Document.Fields()
        .with(word(), found.name())
        .with("version", found.version())
        .with("created", found.created());
  }

  private String word() {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
