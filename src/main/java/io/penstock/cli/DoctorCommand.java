package io.penstock.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Looks at the machine and, given a URI, at the store behind it.
@CommandLine.Command(
    name = "doctor",
    description = {
      "Check Java, memory and native parts; with a URI also credentials, clock, access and speed.",
      "Writes nothing unless --write is given."
    })
final class DoctorCommand extends Command {
  @Mixin final StoreOptions stores = new StoreOptions();

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "URI",
      converter = DatasetUri.Converter.class,
      description = "A dataset, or a place for one.")
  @Nullable DatasetUri uri;

  @Option(
      names = "--write",
      description =
          "Also try conditional writes and writing speed, with objects under"
              + " __penstock/doctor/ that are deleted afterwards.")
  boolean write;

  @Override
  public Integer call() {
    Findings findings = new Findings();
    MachineChecks.run(findings, stores.memory);
    if (uri != null) {
      new StoreChecks(findings, stores, terminal()).run(uri.root(), write);
    }
    print(
        Document.array(
            findings.rows(), findings.failed().isEmpty() ? List.of("ok") : findings.failed()));
    return findings.exitCode();
  }
}
