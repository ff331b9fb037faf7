package io.penstock.cli;

import io.penstock.Dataset;
import io.penstock.Ref;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What `branch` and `tag` share: they list names, make one, or take one away.
@SuppressWarnings("NullAway.Init") // picocli sets the argument
abstract class NameCommand extends DatasetCommand {
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

  abstract void create(Dataset dataset, String newName, Ref version);

  abstract void delete(Dataset dataset, String oldName);

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
