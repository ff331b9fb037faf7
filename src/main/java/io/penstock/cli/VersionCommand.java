package io.penstock.cli;

import picocli.CommandLine;

/// Tells the version of the program and of what it runs on.
@CommandLine.Command(name = "version", description = "Show the version of penstock and of Java.")
final class VersionCommand extends Command {
  @Override
  public Integer call() {
    String release = RootCommand.Release.name();
    print(
        Document.object(
            new Document.Fields()
                .with("penstock", release)
                .with("java", Runtime.version().toString())
                .with("os", System.getProperty("os.name") + " " + System.getProperty("os.arch")),
            release));
    return SUCCESS;
  }
}
